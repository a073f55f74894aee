/** The scope in which a message was, or would have been, signed. */
export interface SigningScope {
  /** The signing domain (d=). */
  readonly domain?: string;
  /** The binding: an outbound route. */
  readonly binding?: string;
}

/** The outcome for one message that was to be signed. */
export type SigningEvent = {
  readonly scope: SigningScope;
  /** Time spent on it, whatever the outcome. */
  readonly durationNs: number;
  /** The number of signatures that could not be made, even if others were. Default 0. */
  readonly failedSignatures?: number;
} & (
  | { readonly outcome: "signed"; readonly signatures: readonly SignatureMade[] }
  /** The message was signed, but the next hop refused it; the client may send it again. */
  | { readonly outcome: "failed" | "skipped" | "refused"; readonly reason: string }
);

/** A signature of a signed message. */
export interface SignatureMade {
  readonly algorithm: string;
  readonly keyBits: number;
}

/** The result of verifying one signature. A message without signatures is one event with the result "none". */
export interface VerificationEvent {
  readonly result: "pass" | "fail" | "policy" | "neutral" | "temperror" | "permerror" | "none";
  /** The verdict's code. */
  readonly code: string;
  /** d=. */
  readonly signingDomain?: string;
  readonly algorithm?: string;
  readonly keyBits?: number;
  /** Whether the key record has the testing flag, t=y. */
  readonly testing: boolean;
  readonly alignment?: "strict" | "relaxed" | "none";
  /** Time spent on the whole message; set for only one of its signatures. */
  readonly durationNs?: number;
}

/** A key lookup. */
export type KeyLookupEvent = {
  /** The source of the answer: "cache", "dns" or "file". Answers from the cache are counted but not timed. */
  readonly source: string;
  readonly durationNs: number;
} & (
  | { readonly outcome: "found" | "nxdomain" | "nodata" }
  /** `failure` is the kind of DNS failure: "servfail", "timeout". */
  | { readonly outcome: "failed"; readonly failure: string }
);

/** A message was completed. */
export interface MessageEvent {
  /** The front end that received it: "smtp", "milter". */
  readonly frontEnd: string;
  /** Its disposition: "accepted", "rejected". */
  readonly disposition: string;
  readonly durationNs: number;
}

/** One attempt to deliver a message. */
export interface DeliveryEvent {
  /** The recipient's domain, or the next hop's host. */
  readonly destination: string;
  readonly outcome: "delivered" | "deferred" | "failed";
  /** Attempts made for this message, this one included. */
  readonly attempts: number;
  readonly durationNs: number;
}
