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

/** Why a message has no author whose domain could sign. */
export type FromProblem =
  | "no-from-field"
  | "several-from-fields"
  /** There is a From field, but nothing in it can be read as an address. */
  | "from-unreadable"
  /** RFC 6854: `Undisclosed senders:;` */
  | "from-empty-group"
  | "several-from-domains"
  /** No address has a domain that could be a name in DNS. */
  | "no-from-domain";

/** Why a message was not signed. Logs, statistics and the page use these names. */
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

/** The outcome of the pipeline for one message: the changes that a front end applies, and facts for its log. */
export interface Processed {
  readonly disposition: Disposition;
  /** New fields for the top of the message, in this order. */
  readonly prepend: readonly NewField[];
  readonly remove: readonly FieldRemoval[];
  /** The binding that was chosen, which decides the next hop. */
  readonly binding: string | undefined;
  readonly signatures: readonly MadeSignature[];
  readonly skipped?: SkipReason;
  /** The number of signatures that could not be made because a key was missing or unusable. Others may have been made. */
  readonly failedSignatures?: number;
  /** Why the message is deferred, for the operator and not for the client. One printable line. */
  readonly cause?: string;
  /** Present if the message was verified. */
  readonly report?: VerificationReport;
  /** The first From domain, if there is one, for logs and statistics. */
  readonly fromDomain?: string;
  /** Nanoseconds spent on signing, without key lookups, and on verifying, with them. */
  readonly signingNs?: number;
  readonly verificationNs?: number;
}

/** The pipeline that every message takes, whichever front end received it. */
export interface Pipeline {
  /** Never rejects: a failure becomes a 4xx disposition. */
  process(message: StoredMessage, envelope: Envelope, context: MailContext): Promise<Processed>;
}
