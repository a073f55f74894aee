import type { MadeSignature } from "@mailseal/signer";
import type { VerificationReport } from "@mailseal/verifier";
import type {
  Disposition,
  Envelope,
  FieldRemoval,
  MailContext,
  StoredMessage,
  UnsignedReason,
} from "./mail.ts";

/** Why a message was not signed; counted, logged and shown under these names. */
export type SkipReason =
  | UnsignedReason
  | "not-outbound"
  | "sign-off"
  | "no-from-domain"
  | "sign-condition"
  | "no-selector"
  | "no-key"
  | "key-unusable"
  | "not-published"
  | "publication-unknown"
  | "hook"
  | "already-signed";

/** What happened to one message in the pipeline: everything a front end applies, and everything told of it. */
export interface Processed {
  readonly disposition: Disposition;
  /** New fields, each ending with CRLF, to be put on top of the message. */
  readonly prepend: string;
  readonly remove: readonly FieldRemoval[];
  /** The binding that was decided, for the next hop. */
  readonly binding: string | undefined;
  readonly signatures: readonly MadeSignature[];
  readonly skipped?: SkipReason;
  /** Where it was verified. */
  readonly report?: VerificationReport;
  /** The first From domain, where there is one, for logs and statistics. */
  readonly fromDomain?: string;
  /** Nanoseconds spent signing and verifying, lookups not counted in the first. */
  readonly signingNs?: number;
  readonly verificationNs?: number;
}

/** The one way of a message, whatever front end it came by. */
export interface Pipeline {
  /** Never rejects for what the message contains: what fails becomes a 4xx disposition. */
  process(message: StoredMessage, envelope: Envelope, context: MailContext): Promise<Processed>;
}
