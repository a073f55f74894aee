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
 * table; `@mailseal/syntax` exports those functions too. And it has the check of options that every package
 * applies to its own.
 */
export { MailsealError } from "./mailseal-error.ts";
export { nearestName } from "./nearest-name.ts";
export {
  argumentCheck,
  faultOf,
  type OptionFailure,
  type OptionFault,
  type OptionRule,
  type OptionRules,
  optionsCheck,
  optionsOf,
  received,
  unknownOption,
} from "./option-check.ts";
export {
  anyObject,
  bytes,
  callback,
  either,
  givenOptions,
  listOf,
  number,
  objectWith,
  oneOf,
  required,
  secret,
  text,
  trueOrFalse,
  wholeNumber,
  withDefaults,
} from "./option-rules.ts";
export {
  asciiLine,
  MAX_PRINTABLE_NAME_LENGTH,
  printable,
  printableLine,
  printableName,
  quoted,
} from "./printable.ts";
