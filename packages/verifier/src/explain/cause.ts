/** The codes of causes. They are stable, and each is documented in the README. */
export type CauseCode =
  | "body-appended"
  | "body-truncated"
  | "body-trailing-blank-lines"
  | "body-whitespace"
  | "body-line-endings"
  | "body-reencoded"
  | "body-edited"
  | "field-added"
  | "field-removed"
  | "field-edited"
  | "field-refolded"
  | "field-reordered"
  | "wrong-canonicalization"
  | "wrong-key"
  | "no-key"
  | "key-malformed"
  | "key-revoked"
  | "dns-failure"
  | "expired"
  | "policy"
  | "not-determined";

/** One place in the message, as received and as signed; latin1, one character for each octet. */
export interface Change {
  /** Lines that were received and not signed. */
  readonly received?: string;
  /** Lines that were signed and not received. */
  readonly signed?: string;
}

/** One reason why a signature does not pass. */
export interface Cause {
  /** The kind of cause. */
  readonly code: CauseCode;
  /** The header field concerned, in lower case. */
  readonly field?: string;
  /** The proof: the change that was undone, and what matched then. */
  readonly evidence: string;
  /** What happened, in one sentence for an administrator. Printable text. */
  readonly detail: string;
  /** The first few places that differ. */
  readonly changes?: readonly Change[];
}

/** One change that may have happened to the message after signing. */
export interface Step {
  /** The kind of cause. */
  readonly code: CauseCode;
  readonly field?: string;
  readonly detail: string;
  readonly changes?: readonly Change[];
}

/**
 * The advice for an administrator about each cause, in one sentence.
 *
 * ```ts
 * for (const { code, detail } of causes) console.log(detail, remedies[code]);
 * ```
 */
export const remedies: Readonly<Record<CauseCode, string>> = {
  "body-appended":
    "Find the system that appends this text (a mailing list, a disclaimer or antivirus gateway). Have it sign the message after the change, or exempt signed mail from the change.",
  "body-truncated":
    "Look for a size limit or an interrupted transfer between the signer and this system; the missing part is lost.",
  "body-trailing-blank-lines":
    "A gateway adds lines of white space at the end of messages: turn that off, or sign with relaxed body canonicalization.",
  "body-whitespace":
    "A gateway changes white space: sign with relaxed body canonicalization (c=relaxed/relaxed).",
  "body-line-endings":
    "Sign only after line endings are CRLF, and check the program that hands the message on: SMTP allows CRLF only.",
  "body-reencoded":
    "A relay converts the transfer encoding or charset: sign after it, or send mail in 7-bit encodings (quoted-printable, base64), which no relay needs to convert.",
  "body-edited":
    "Find the gateway that edits the body (it may remove attachments, rewrite links or add warnings). Sign after it, or have it leave signed mail alone.",
  "field-added":
    "Find the system that adds the field. Sign after it, or do not oversign the field.",
  "field-removed":
    "Find the system that removes the field. Sign after it, or do not sign the field.",
  "field-edited":
    "Find the system that rewrites the field (a mailing list, a spam filter, a relay that normalises headers). Sign after it, or have it sign again.",
  "field-refolded":
    "A relay reformats the field: sign with relaxed header canonicalization, and after the last program that rewrites headers.",
  "field-reordered":
    "A relay reorders repeated fields: sign after it, or sign fewer instances of the field.",
  "wrong-canonicalization":
    "c= does not match what the signer does, or was changed on the way: correct the signer's configuration.",
  "wrong-key":
    "Publish the public half of the signing key at this selector, or sign with the published key. Keep an old key published for a week after a change.",
  "no-key":
    "Publish the key record at the name above, or correct the selector that the signer uses.",
  "key-malformed": "Correct the key record at the name above; `mailseal record lint` checks it.",
  "key-revoked":
    "The domain has revoked this key: sign with a current one. Mail signed with the revoked key can no longer be verified.",
  "dns-failure": "Try again later. If the failure persists, check the domain's DNS servers.",
  expired: "The signature was valid for a limited time: deliver sooner, or sign with a later x=.",
  policy: "The signature matches, but does not meet a rule of this verifier's local policy.",
  "not-determined":
    "Compare the message with the one that was sent: ask the sender for a copy, or sign with z= (copied fields) for some time.",
};

/**
 * Whether causes with this code were proven by undoing the change; the others are known without a test.
 *
 * ```ts
 * const proven = causes.filter(({ code }) => isProven(code));
 * ```
 */
export function isProven(code: CauseCode): boolean {
  return code.startsWith("body-") || code.startsWith("field-") || code === "wrong-canonicalization";
}
