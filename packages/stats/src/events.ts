/** Where a message was signed, or would have been. */
export interface SigningScope {
  /** The signing domain (d=). */
  readonly domain?: string;
  /** The outbound route. */
  readonly binding?: string;
}

/** What was made of one message that came to be signed. */
export type SigningEvent = {
  readonly scope: SigningScope;
  /** Time spent on it, whatever came of it. */
  readonly durationNs: number;
  /** Signatures that were to be made and could not; the others may have been. Default 0. */
  readonly failedSignatures?: number;
} & (
  | { readonly outcome: "signed"; readonly signatures: readonly SignatureMade[] }
  /** Refused: it was signed, and then not taken by who it was handed to; it may come again. */
  | { readonly outcome: "failed" | "skipped" | "refused"; readonly reason: string }
);

export interface SignatureMade {
  readonly algorithm: string;
  readonly keyBits: number;
}

/** What verifying one signature gave; a message without any is one event, with the result "none". */
export interface VerificationEvent {
  readonly result: "pass" | "fail" | "policy" | "neutral" | "temperror" | "permerror" | "none";
  /** The verdict's code. */
  readonly code: string;
  /** d=. */
  readonly signingDomain?: string;
  readonly algorithm?: string;
  readonly keyBits?: number;
  /** The key record says t=y. */
  readonly testing: boolean;
  readonly alignment?: "strict" | "relaxed" | "none";
  /** Time spent on the whole message: with one of its signatures only. */
  readonly durationNs?: number;
}

/** A key was asked for. */
export type KeyLookupEvent = {
  /** Who answered: "cache", "dns", "file". What the cache answers is counted, not timed. */
  readonly source: string;
  readonly durationNs: number;
} & (
  | { readonly outcome: "found" | "nxdomain" | "nodata" }
  /** `failure` says how DNS failed: "servfail", "timeout". */
  | { readonly outcome: "failed"; readonly failure: string }
);

/** A message went all the way through. */
export interface MessageEvent {
  /** Where it came in: "smtp", "milter". */
  readonly frontEnd: string;
  /** What became of it: "accepted", "rejected". */
  readonly disposition: string;
  readonly durationNs: number;
}

/** One attempt to deliver a message. */
export interface DeliveryEvent {
  /** The recipient's domain, or the host. */
  readonly destination: string;
  readonly outcome: "delivered" | "deferred" | "failed";
  /** Attempts made for this message, this one included. */
  readonly attempts: number;
  readonly durationNs: number;
}
