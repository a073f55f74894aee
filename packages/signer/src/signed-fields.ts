/**
 * Signed where present: RFC 6376 5.4.1 with the MIME fields, and List-Unsubscribe-Post, which
 * RFC 8058 4 demands to be signed and large receivers check.
 */
const signedFields: readonly string[] = [
  "From",
  "Sender",
  "Reply-To",
  "Subject",
  "Date",
  "Message-ID",
  "To",
  "Cc",
  "MIME-Version",
  "Content-Type",
  "Content-Transfer-Encoding",
  "Content-ID",
  "Content-Description",
  "Content-Disposition",
  "Content-Language",
  "Resent-Date",
  "Resent-From",
  "Resent-Sender",
  "Resent-To",
  "Resent-Cc",
  "Resent-Message-ID",
  "In-Reply-To",
  "References",
  "List-Id",
  "List-Help",
  "List-Unsubscribe",
  "List-Unsubscribe-Post",
  "List-Subscribe",
  "List-Post",
  "List-Owner",
  "List-Archive",
  "Feedback-ID",
];

/** What a reader sees or a program acts on, and of which RFC 5322 3.6 allows one at most. */
const shownFields: readonly string[] = [
  "From",
  "Reply-To",
  "Subject",
  "Date",
  "Message-ID",
  "To",
  "Cc",
  "MIME-Version",
  "Content-Type",
  "Content-Transfer-Encoding",
];

/** Those that no server on the way adds where they are absent, and that change who or what a reader sees. */
const assertedFields: ReadonlySet<string> = new Set(["From", "Reply-To", "Subject", "Cc"]);

/** Which fields a signature covers where nothing else is said. */
export interface FieldPreset {
  /** Every instance is signed. */
  readonly headers: readonly string[];
  /** Named once more than they occur; with "?" only in messages that have them. */
  readonly oversign: readonly string[];
}

export type FieldPresetName = "strict" | "standard" | "minimal";

export const fieldPresets: Readonly<Record<FieldPresetName, FieldPreset>> = {
  /** No field that is shown may be added, not even by the server that comes next. */
  strict: { headers: signedFields, oversign: shownFields },
  /** Mail servers add Date, Message-ID, To and the fields of MIME where these are absent (RFC 6409 8). */
  standard: {
    headers: signedFields,
    oversign: shownFields.map((name) => (assertedFields.has(name) ? name : `${name}?`)),
  },
  /** For mail that lists and gateways may add fields to: what is there stands, but for From nothing is asserted. */
  minimal: { headers: shownFields, oversign: ["From"] },
};

export const defaultFieldPreset: FieldPresetName = "standard";
