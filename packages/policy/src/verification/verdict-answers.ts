import type { VerificationAction } from "@mailseal/config";
import { asciiLine } from "@mailseal/syntax";
import type { Disposition } from "../pipeline/mail.ts";
import type { CountedResult, Lack } from "./effective-result.ts";

/** RFC 7372 3.1, with the texts of its registry. */
const lacks: Readonly<Record<Lack, readonly [detail: string, text: string]>> = {
  "no-passing": ["7.20", "No passing DKIM signature found"],
  "no-acceptable": ["7.21", "No acceptable DKIM signature found"],
  "no-author-matched": ["7.22", "No valid author-matched DKIM signature found"],
};

/** What an action makes of a message. */
export function dispositionFor(
  action: VerificationAction,
  { result, reason, lack }: CountedResult,
): Disposition {
  const [detail, text] = lacks[lack];
  switch (action) {
    case "accept":
    case "header":
      return { action: "accept" };
    case "quarantine":
      return { action: "quarantine", reason: asciiLine(`dkim=${result}: ${reason}`, 200) };
    case "reject":
      return { action: "reject", code: 550, enhancedCode: `5.${detail}`, text };
    case "defer":
      // RFC 3463 X.7.5: a key was not to be had. For other results, the same code as a refusal's.
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
