import { nearestName } from "./nearest-name.ts";
import { printableLine, quoted } from "./printable.ts";

/** The values that an option, or a parameter of a function, may have. */
export interface OptionRule {
  /** Completes "expected ...", with the unit and the bounds. */
  readonly expected: string;
  /** Whether the value may be used. */
  readonly accepts: (value: unknown) => boolean;
  /** Finds the fault of a value that is not accepted in one of its entries or options. */
  readonly inside?: (value: unknown, path: string) => OptionFault | undefined;
  /** The names among which a misspelt one has its nearest. */
  readonly choices?: readonly string[];
  /** The value of a secret is never shown. */
  readonly isSecret?: true;
  readonly isRequired?: true;
}

/** A rule for each option. It does not compile if one is missing, or if the rule of a required option is not `required`. */
export type OptionRules<Options> = {
  readonly [Name in keyof Options]-?: Partial<Pick<Options, Name>> extends Pick<Options, Name>
    ? OptionRule
    : OptionRule & { readonly isRequired: true };
};

/** An option that is wrong. */
export interface OptionFault {
  /** As in `selector`, `limits.bytes` or `signatures[1].selector`. */
  readonly option: string;
  /** One line: the option, then what was expected, then what arrived. */
  readonly message: string;
}

/** Makes the error of the package whose function was called. */
export type OptionFailure = (message: string, option: string) => Error;

/**
 * Makes a check of an object of options. It throws the error that `fail` makes for the first option that is unknown,
 * wrong or missing. `parameter` names the object if it is no object at all; `path` is put before its options.
 *
 * ```ts
 * interface Options {
 *   readonly limit?: number;
 * }
 * const fail = (message: string): Error => new MailsealError("bad-option", message);
 * const checkOptions = optionsCheck<Options>("options", { limit: wholeNumber(1) }, fail);
 * checkOptions({ limit: "3" }); // throws: limit: expected a whole number from 1, got "3"; convert it with Number()
 * ```
 */
export function optionsCheck<Options>(
  parameter: string,
  rules: OptionRules<Options>,
  fail: OptionFailure,
): (options: unknown, path?: string) => void {
  return checkFrom("", parameter, optionsOf(rules), fail);
}

/**
 * Makes a check of a parameter that is not an object of options.
 *
 * ```ts
 * const checkName = argumentCheck("name", text, (message) => new TypeError(message));
 * checkName("mail2026");
 * checkName(2026); // throws: name: expected text, got 2026
 * ```
 */
export function argumentCheck(
  parameter: string,
  rule: OptionRule,
  fail: OptionFailure,
): (value: unknown) => void {
  return checkFrom(parameter, parameter, rule, fail);
}

/** `root`: the path of the value; the path of an object of options is empty, because their names say enough. */
function checkFrom(
  root: string,
  parameter: string,
  rule: OptionRule,
  fail: OptionFailure,
): (value: unknown, path?: string) => void {
  return (value, path = root) => {
    if (rule.accepts(value)) return;
    const { message, option } = faultOf(rule, value, path, path || parameter);
    throw fail(message, option);
  };
}

/**
 * An object whose options have these rules.
 *
 * ```ts
 * const timeouts = optionsOf<{ readonly connectMs?: number }>({ connectMs: wholeNumber(1) });
 * const rules: OptionRules<{ readonly timeouts?: { readonly connectMs?: number } }> = { timeouts };
 * ```
 */
export function optionsOf<Options>(rules: OptionRules<Options>): OptionRule {
  const byName = new Map<string, OptionRule>(Object.entries(rules));
  return {
    expected: "an object of options",
    accepts(value) {
      if (!isPlain(value)) return false;
      // Objects can inherit options, and for-in makes no list of names.
      for (const name in value) if (!byName.has(name)) return false;
      // By rule, because for-in does not see the getters of a class.
      for (const [name, rule] of byName) if (isWrong(rule, value[name])) return false;
      return true;
    },
    inside(value, path) {
      if (!isPlain(value)) return undefined;
      const before = path && `${path}.`;
      for (const name in value) {
        if (byName.has(name)) continue;
        const names = [...byName.keys()];
        const option = before + printableLine(name, longestText);
        const hint = unknownOption(names, nearestName(name, names));
        return { option, message: `${option}: ${hint}` };
      }
      for (const [name, rule] of byName) {
        const option = value[name];
        if (isWrong(rule, option)) return faultOf(rule, option, before + name);
      }
      return undefined;
    },
  };
}

const longestText = 60;

function isWrong(rule: OptionRule, option: unknown): boolean | undefined {
  return option === undefined ? rule.isRequired : !rule.accepts(option);
}

/** Not a list, a map, a promise, bytes or another value of the language that cannot be meant as options. */
function isPlain(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(Symbol.toStringTag in value)
  );
}

/**
 * The fault of a value that a rule does not accept: in one of its entries or options, or of the value as a whole.
 *
 * ```ts
 * faultOf(wholeNumber(1), "many", "limits.bytes").message;
 * // limits.bytes: expected a whole number from 1, got "many"
 * ```
 */
export function faultOf(
  rule: OptionRule,
  value: unknown,
  path: string,
  option: string = path,
): OptionFault {
  const inside = rule.inside?.(value, path);
  if (inside !== undefined) return inside;
  const got = received(value, rule.isSecret) + hintFor(rule, value);
  return { option, message: `${option}: expected ${rule.expected}, got ${got}` };
}

function hintFor({ choices = [], isRequired, accepts }: OptionRule, value: unknown): string {
  if (value === undefined) return isRequired ? ": this option is required" : "";
  if (value instanceof Promise) return "; await it first";
  if (typeof value !== "string") return "";
  const nearest = nearestName(value, choices);
  if (nearest) return didYouMean(nearest);
  return accepts(Number(value.trim() || NaN)) ? "; convert it with Number()" : "";
}

function didYouMean(name: string): string {
  return `; did you mean ${JSON.stringify(name)}?`;
}

/**
 * The message for an option that does not exist: its nearest name, or every name.
 *
 * ```ts
 * unknownOption(["selector", "domain"], nearestName("selectr", ["selector", "domain"]));
 * // unknown option; did you mean "selector"?
 * ```
 */
export function unknownOption(names: Iterable<string>, nearest: string | undefined): string {
  const hint = nearest ? didYouMean(nearest) : `; expected one of ${[...names].join(", ")}`;
  return `unknown option${hint}`;
}

/** A private key in an option that is no secret: PEM, or base64 as long as a seed. */
const secretLike = /PRIVATE KEY|[\w+/=-]{40}/;

/**
 * A value for an error message: text and numbers as they are, unless they may be secret; of all else, the kind.
 *
 * ```ts
 * received([]); // "an empty list"
 * received("x".repeat(40)); // "a value (not shown: it may be secret)"
 * ```
 */
export function received(value: unknown, isSecret?: boolean): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return value.length > 0 ? "a list" : "an empty list";
  if (typeof value === "object" && value !== null) {
    // An object without a prototype has no constructor.
    const name = value.constructor?.name ?? "Object";
    return name === "Object" ? "an object" : printableLine(`an instance of ${name}`, longestText);
  }
  const text = String(value);
  if (isSecret || secretLike.test(text)) return "a value (not shown: it may be secret)";
  return typeof value === "string" ? quoted(text, longestText) : text;
}
