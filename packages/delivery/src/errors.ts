import { MailsealError } from "@mailseal/errors";
import { refusal, type Reply } from "./reply.ts";

/** Each code is documented in the README. */
export type DeliveryErrorCode = "delivery-transient" | "delivery-permanent";

/**
 * The next hop could not be used and nothing was delivered: retry later. `reply`, for the client, is 4xx.
 *
 * ```ts
 * try {
 *   await attempt(pool, delivery);
 * } catch (error) {
 *   if (error instanceof TransientDeliveryError) await lease.retry({ afterMs: 300_000, reason: error.message });
 *   else throw error;
 * }
 * ```
 */
export class TransientDeliveryError extends MailsealError {
  declare readonly code: DeliveryErrorCode;
  readonly reply: Reply;

  constructor(
    enhancedCode: string,
    text: string,
    { quoted, ...options }: ErrorOptions & { readonly quoted?: Reply["quoted"] } = {},
  ) {
    super("delivery-transient", text, options);
    this.name = "TransientDeliveryError";
    const reply = refusal(451, enhancedCode, text);
    this.reply = quoted === undefined ? reply : { ...reply, quoted };
  }
}

/**
 * No host accepts mail for the destination, and a retry will not change that. `reply`, for the client, is 5xx.
 *
 * ```ts
 * try {
 *   await mailHosts("example.net", options);
 * } catch (error) {
 *   if (error instanceof PermanentDeliveryError) console.log(replyLine(error.reply)); // 550 ...
 * }
 * ```
 */
export class PermanentDeliveryError extends MailsealError {
  declare readonly code: DeliveryErrorCode;
  readonly reply: Reply;

  constructor(enhancedCode: string, text: string) {
    super("delivery-permanent", text);
    this.name = "PermanentDeliveryError";
    this.reply = refusal(550, enhancedCode, text);
  }
}

/** Each code is documented in the README. */
export type DeliveryOptionErrorCode = "bad-option";

/**
 * An option is unknown, wrong or missing: the program that delivers is wrong, not the mail.
 *
 * ```ts
 * try {
 *   nodeMailResolver({ timeoutMs: 0 });
 * } catch (error) {
 *   if (error instanceof DeliveryOptionError) console.error(error.message); // names the option
 * }
 * ```
 */
export class DeliveryOptionError extends MailsealError {
  declare readonly code: DeliveryOptionErrorCode;

  constructor(code: DeliveryOptionErrorCode, message: string) {
    super(code, message);
    this.name = "DeliveryOptionError";
  }
}

/** The error for an option that is unknown, wrong or missing. */
export function badOption(message: string): DeliveryOptionError {
  return new DeliveryOptionError("bad-option", message);
}
