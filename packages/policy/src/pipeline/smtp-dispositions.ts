import type { VerificationAction } from "@mailseal/config";
import { asciiLine } from "@mailseal/syntax";
import type { EffectiveResult, MissingReason } from "../verification/effective-result.ts";
import type { Disposition } from "./mail.ts";

/** Every SMTP reply that the pipeline can give. */

export const accept: Disposition = { action: "accept" };

/** Something failed on this host: the client keeps the message and retries. */
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
 * The replies to a header that exceeds a limit, in the pipeline and in every front end. RFC 5321 4.5.3.1.9
 * names 552 for too much mail data, and RFC 3463 X.3.4 is a "per-message size limit" for "physical or
 * administrative reasons", which fits a number of fields as well as one of octets. 5.6.0 is for content that no
 * other code describes.
 *
 * ```ts
 * headerRefusals["header-too-large"]; // { action: "reject", code: 552, enhancedCode: "5.3.4", ... }
 * ```
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

/** RFC 7372 3.1, with the texts of its registry. */
const missingReplies: Readonly<Record<MissingReason, readonly [detail: string, text: string]>> = {
  "no-passing": ["7.20", "No passing DKIM signature found"],
  "no-acceptable": ["7.21", "No acceptable DKIM signature found"],
  "no-author-matched": ["7.22", "No valid author-matched DKIM signature found"],
};

/** The disposition for an action that the config has for a result. */
export function dispositionFor(
  action: VerificationAction,
  { result, reason, missing }: EffectiveResult,
): Disposition {
  const [detail, text] = missingReplies[missing];
  switch (action) {
    case "accept":
    case "header":
      return { action: "accept" };
    case "quarantine":
      return { action: "quarantine", reason: asciiLine(`dkim=${result}: ${reason}`, 200) };
    case "reject":
      return { action: "reject", code: 550, enhancedCode: `5.${detail}`, text };
    case "defer":
      // RFC 3463 X.7.5: a key could not be fetched. Other results have the code of a refusal.
      return result === "temperror"
        ? {
            action: "defer",
            code: 451,
            enhancedCode: "4.7.5",
            text: "DKIM key cannot be looked up for now, try again later",
          }
        : { action: "defer", code: 451, enhancedCode: `4.${detail}`, text };
  }
}
