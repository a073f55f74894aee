/** What happened to a signature; stable, each documented in the README. */
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

/** One place, as it is and as it was signed; latin1, one character a byte. */
export interface Change {
  /** Lines that are there and were not signed. */
  readonly received?: string;
  /** Lines that were signed and are not there. */
  readonly signed?: string;
}

/** One thing that explains why a signature is not what it could be. */
export interface Cause {
  readonly code: CauseCode;
  /** The header field concerned, in lower case. */
  readonly field?: string;
  /** How it is known: what was undone, and what matched then. */
  readonly evidence: string;
  /** What happened, in one sentence for an administrator. Printable. */
  readonly detail: string;
  /** The places that differ, the first few. */
  readonly changes?: readonly Change[];
}

/** A message as it may have been signed, by one step back. */
export interface Step {
  readonly code: CauseCode;
  readonly field?: string;
  readonly detail: string;
  readonly changes?: readonly Change[];
}

/** What an administrator would do about each cause: one sentence. */
export const remedies: Readonly<Record<CauseCode, string>> = {
  "body-appended":
    "Find who appends this text (a mailing list, a disclaimer or antivirus gateway): have it sign the message itself after the change, or stop the change for signed mail.",
  "body-truncated":
    "Look for a size limit or a broken transfer between signing and here; the part that was cut off is lost.",
  "body-trailing-blank-lines":
    "A gateway adds lines of white space at the end: stop that, or sign with relaxed body canonicalization.",
  "body-whitespace":
    "A gateway changes white space: sign with relaxed body canonicalization (c=relaxed/relaxed).",
  "body-line-endings":
    "Sign after line endings are CRLF, and check the program that hands the message on: SMTP carries CRLF only.",
  "body-reencoded":
    "A relay converts the transfer encoding or charset: sign after it, or send mail in 7bit encodings (quoted-printable, base64) that no relay needs to convert.",
  "body-edited":
    "Find the gateway that edits the body (it removes attachments, rewrites links, adds warnings): sign after it, or have it leave signed mail alone.",
  "field-added":
    "Find who adds the field: sign after it, or leave the field out of the oversigned ones.",
  "field-removed": "Find who removes the field: sign after it, or do not sign the field.",
  "field-edited":
    "Find who rewrites the field (a mailing list, a spam filter, a relay that normalises): sign after it, or have it sign again.",
  "field-refolded":
    "A relay writes the field anew: sign with relaxed header canonicalization, and after the last program that rewrites headers.",
  "field-reordered":
    "A relay reorders repeated fields: sign after it, or sign fewer instances of the field.",
  "wrong-canonicalization":
    "The signer's c= does not say what it does, or c= was changed on the way: correct the signer's configuration.",
  "wrong-key":
    "Publish the public key that belongs to the signing key at this selector, or sign with the key that is published; keep an old key published for a week after a change.",
  "no-key": "Publish the key record at the name above, or correct the selector the signer uses.",
  "key-malformed": "Correct the key record at the name above; `mailseal record lint` checks it.",
  "key-revoked":
    "The domain withdrew this key: sign with a current one. Mail that was signed before cannot be verified any more.",
  "dns-failure": "Try again later; if it persists, the domain's DNS servers need attention.",
  expired: "The signature was valid for a time only: deliver sooner, or sign with a later x=.",
  policy: "The signature is sound; it is the rule of this verifier that is not met.",
  "not-determined":
    "Compare the message with the one that was sent: ask the sender for a copy, or sign with z= (copied fields) for a while.",
};

/** Whether what was undone made hash or signature match again; the others are known without a test. */
export function isProven(code: CauseCode): boolean {
  return code.startsWith("body-") || code.startsWith("field-") || code === "wrong-canonicalization";
}
