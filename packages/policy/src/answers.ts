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

/** RFC 3463 X.3.4: message too big for system. */
export function headerTooLarge(sizeBytes: number): Disposition {
  return {
    action: "reject",
    code: 552,
    enhancedCode: "5.3.4",
    text: `Message header exceeds ${sizeBytes} octets`,
  };
}

/** RFC 3463 X.6.0: other media error. */
export function tooManyFields(count: number): Disposition {
  return {
    action: "reject",
    code: 554,
    enhancedCode: "5.6.0",
    text: `Message header has more than ${count} fields`,
  };
}

export const badLineEndings: Disposition = {
  action: "reject",
  code: 554,
  enhancedCode: "5.6.0",
  text: "Message header has bare line feeds",
};
