import type { Disposition } from "./mail.ts";

/** The SMTP answers of this package, but for those of a verdict. */

export const accept: Disposition = { action: "accept" };

/** Something failed here; the client keeps the message and tries again. */
export const localFault: Disposition = {
  action: "defer",
  code: 451,
  enhancedCode: "4.3.0",
  text: "Mail system fault, try again later",
};

export const hookFault: Disposition = {
  action: "defer",
  code: 451,
  enhancedCode: "4.3.0",
  text: "Local policy cannot be evaluated, try again later",
};

/** RFC 3463 X.3.5: system incorrectly configured. */
export function unavailableKey(action: "defer" | "reject", domain: string): Disposition {
  const text = `No usable DKIM key for ${domain}`;
  return action === "defer"
    ? { action, code: 451, enhancedCode: "4.3.5", text: `${text}, try again later` }
    : { action, code: 554, enhancedCode: "5.3.5", text };
}

/** A limit on the header, by the code of the error that `HeaderReader` throws beyond it. */
export type HeaderLimit = "header-too-large" | "too-many-fields";

type Refusal = Extract<Disposition, { readonly action: "reject" | "defer" }>;

/**
 * The answers to a header beyond the limits, of the pipeline and of every front end. RFC 5321 4.5.3.1.9 has
 * 552 for more mail data than is taken, and RFC 3463 X.3.4 is a "per-message size limit ... for physical or
 * administrative reasons", a number of fields as much as one of octets. 5.6.0 would be for content that no
 * other code describes.
 */
export const headerRefusals: Readonly<Record<HeaderLimit, Refusal>> = {
  "header-too-large": {
    action: "reject",
    code: 552,
    enhancedCode: "5.3.4",
    text: "the header of the message is too large",
  },
  "too-many-fields": {
    action: "reject",
    code: 552,
    enhancedCode: "5.3.4",
    text: "the message has too many header fields",
  },
};

export const badLineEndings: Disposition = {
  action: "reject",
  code: 554,
  enhancedCode: "5.6.0",
  text: "Message header has bare line feeds",
};
