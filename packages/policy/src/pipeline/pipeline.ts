import type { MadeSignature } from "@mailseal/signer";
import type { NewField } from "@mailseal/syntax";
import type { VerificationReport } from "@mailseal/verifier";
import type {
  Disposition,
  Envelope,
  FieldRemoval,
  MailContext,
  StoredMessage,
  UnsignedReason,
} from "./mail.ts";

/** What about its From keeps a message from having an author whose domain could sign. */
export type FromProblem =
  | "no-from-field"
  | "several-from-fields"
  /** There is a field, and nothing in it can be read as an address. */
  | "from-unreadable"
  /** RFC 6854: `Undisclosed senders:;` */
  | "from-empty-group"
  | "several-from-domains"
  /** No address has a domain that is a name in DNS. */
  | "no-from-domain";

/** Why a message was not signed; counted, logged and shown under these names. */
export type SkipReason =
  | UnsignedReason
  | "not-outbound"
  | "sign-off"
  | FromProblem
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
  /** New fields, to be put on top of the message in this order. */
  readonly prepend: readonly NewField[];
  readonly remove: readonly FieldRemoval[];
  /** The binding that was decided, for the next hop. */
  readonly binding: string | undefined;
  readonly signatures: readonly MadeSignature[];
  readonly skipped?: SkipReason;
  /** Signatures that were to be made and could not, for want of a key. Others may have been. */
  readonly failedSignatures?: number;
  /** Why it is deferred, for the operator; the client is not told. One printable line. */
  readonly cause?: string;
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
