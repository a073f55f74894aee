/**
 * Signed if present: the fields of RFC 6376 5.4.1, the MIME fields, and List-Unsubscribe-Post, which
 * RFC 8058 4 requires to be signed and large receivers check.
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

/** Fields that a reader sees or a program acts on, of which RFC 5322 3.6 allows one at most. */
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

/** Fields that no server adds if they are absent, and that change what a reader sees or who appears to have sent it. */
const assertedFields: ReadonlySet<string> = new Set(["From", "Reply-To", "Subject", "Cc"]);

/** The fields that a signature covers unless other options are set. */
export interface FieldPreset {
  /** Every instance is signed. */
  readonly headers: readonly string[];
  /** Named in h= once more than they occur; with "?" only in messages that have them. */
  readonly oversign: readonly string[];
}

/**
 * The names of the presets, from the most signed fields to the fewest.
 *
 * ```ts
 * fieldPresetNames.includes("strict"); // true
 * ```
 */
export const fieldPresetNames = ["strict", "standard", "minimal"] as const;

/** The name of a choice of fields. */
export type FieldPresetName = (typeof fieldPresetNames)[number];

/**
 * The fields that each preset signs and oversigns.
 *
 * ```ts
 * fieldPresets.minimal.headers; // the fields that the preset "minimal" signs
 * ```
 */
export const fieldPresets: Readonly<Record<FieldPresetName, FieldPreset>> = {
  /** No field that is shown may be added, not even by the next server. */
  strict: { headers: signedFields, oversign: shownFields },
  /** For servers that add Date, Message-ID, To and MIME fields if these are absent (RFC 6409 8). */
  standard: {
    headers: signedFields,
    oversign: shownFields.map((name) => (assertedFields.has(name) ? name : `${name}?`)),
  },
  /** For mail that lists and gateways may add fields to: existing fields are signed, and absence is asserted for From only. */
  minimal: { headers: shownFields, oversign: ["From"] },
};

/**
 * The preset that is used if no other is set.
 *
 * ```ts
 * fieldPresets[defaultFieldPreset].oversign; // the fields that may not be added to signed mail
 * ```
 */
export const defaultFieldPreset: FieldPresetName = "standard";
