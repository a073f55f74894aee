/**
 * The base class of every error that a Mailseal package throws.
 *
 * ```ts
 * import { MailsealError } from "@mailseal/errors";
 *
 * try {
 *   sign(message);
 * } catch (error) {
 *   if (!(error instanceof MailsealError)) throw error; // a defect, not a refusal
 *   console.error(`${error.code}: ${error.message}`);
 * }
 * ```
 *
 * Each package declares the codes of its own errors and lists them in its README. This package knows
 * none of them, and imports nothing. It also makes text that others wrote fit to stand in an error, a log or a
 * table; `@mailseal/syntax` exports those functions too.
 */
export { MailsealError } from "./mailseal-error.ts";
export {
  asciiLine,
  MAX_PRINTABLE_NAME_LENGTH,
  printable,
  printableLine,
  printableName,
  quoted,
} from "./printable.ts";
