import { faultOf, type OptionRule, type OptionRules } from "./option-check.ts";

/**
 * The rule of an option that must be set.
 *
 * ```ts
 * const rules: OptionRules<{ readonly domain: string }> = { domain: required(text) };
 * ```
 */
export function required(rule: OptionRule): OptionRule & { readonly isRequired: true } {
  return { ...rule, isRequired: true };
}

/**
 * The rule of an option whose value no error may show: a key, a password.
 *
 * ```ts
 * const rules: OptionRules<{ readonly password?: string }> = { password: secret(text) };
 * ```
 */
export function secret(rule: OptionRule): OptionRule {
  return { ...rule, isSecret: true };
}

/**
 * The rule of text.
 *
 * ```ts
 * const rules: OptionRules<{ readonly selector?: string }> = { selector: text };
 * ```
 */
export const text: OptionRule = {
  expected: "text",
  accepts: (value) => typeof value === "string",
};

/**
 * The rule of a switch.
 *
 * ```ts
 * const rules: OptionRules<{ readonly testing?: boolean }> = { testing: trueOrFalse };
 * ```
 */
export const trueOrFalse: OptionRule = {
  expected: "true or false",
  accepts: (value) => typeof value === "boolean",
};

/**
 * The rule of a function.
 *
 * ```ts
 * const rules: OptionRules<{ readonly onNotice?: () => void }> = { onNotice: callback };
 * ```
 */
export const callback: OptionRule = {
  expected: "a function",
  accepts: (value) => typeof value === "function",
};

/**
 * Bytes. A `Buffer` is a `Uint8Array` too.
 *
 * ```ts
 * const checkMessage = argumentCheck("message", bytes, (problem) => new TypeError(problem));
 * ```
 */
export const bytes: OptionRule = {
  expected: "bytes (a Uint8Array)",
  accepts: (value) => value instanceof Uint8Array,
};

/**
 * Any number between two bounds, `most` included.
 *
 * ```ts
 * number(0, 1).expected; // "a number from 0 to 1"
 * ```
 */
export function number(least: number, most: number = Infinity, unit = ""): OptionRule {
  return {
    expected: `a number${range(least, most, unit)}`,
    accepts: (value) => typeof value === "number" && value >= least && value <= most,
  };
}

/**
 * A whole number between two bounds, both included.
 *
 * ```ts
 * wholeNumber(1, 60, "seconds").expected; // "a whole number of seconds from 1 to 60"
 * ```
 */
export function wholeNumber(least: number, most: number = Infinity, unit = ""): OptionRule {
  return {
    expected: `a whole number${range(least, most, unit)}`,
    accepts: (value) =>
      Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
  };
}

function range(least: number, most: number, unit: string): string {
  return `${unit && ` of ${unit}`} from ${least}${most === Infinity ? "" : ` to ${most}`}`;
}

/**
 * One of these texts.
 *
 * ```ts
 * oneOf(["simple", "relaxed"]).expected; // 'one of "simple", "relaxed"'
 * ```
 */
export function oneOf(choices: readonly string[]): OptionRule {
  const quoted = choices.map((choice) => JSON.stringify(choice)).join(", ");
  return {
    expected: choices.length === 1 ? quoted : `one of ${quoted}`,
    accepts: (value) => typeof value === "string" && choices.includes(value),
    choices,
  };
}

/**
 * A list of at least so many entries that have this rule; `entries` names them.
 *
 * ```ts
 * const servers = listOf("addresses of DNS servers", text, 1);
 * servers.accepts([]); // false
 * ```
 */
export function listOf(entries: string, entry: OptionRule, least: 0 | 1 = 0): OptionRule {
  return {
    expected: `a list of ${entries}${least === 0 ? "" : " with an entry"}`,
    accepts: (value) =>
      Array.isArray(value) && value.length >= least && value.every((it) => entry.accepts(it)),
    inside(value, path) {
      if (!Array.isArray(value) || value.length < least) return undefined;
      const at = value.findIndex((it) => !entry.accepts(it));
      return faultOf(entry, value[at], `${path}[${at}]`);
    },
  };
}

/**
 * A value that one of two rules accepts.
 *
 * ```ts
 * const keyOption = either(text, bytes);
 * keyOption.expected; // "text or bytes (a Uint8Array)"
 * ```
 */
export function either(one: OptionRule, other: OptionRule): OptionRule {
  return {
    expected: `${one.expected} or ${other.expected}`,
    accepts: (value) => one.accepts(value) || other.accepts(value),
    inside: (value, path) => one.inside?.(value, path) ?? other.inside?.(value, path),
    choices: [...(one.choices ?? []), ...(other.choices ?? [])],
  };
}

/**
 * Any object but a list or a promise: one that somebody else checks, or one that has names of its own.
 *
 * ```ts
 * const keys = anyObject("a KeySource");
 * keys.accepts(["not", "one"]); // false
 * ```
 */
export function anyObject(expected: string): OptionRule {
  return {
    expected,
    accepts: (value) =>
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      !(value instanceof Promise),
  };
}

/**
 * An object with one of these methods, such as a resolver of the caller's own.
 *
 * ```ts
 * const resolver = objectWith("a TxtResolver, such as nodeResolver()", "resolveTxt");
 * resolver.accepts({ resolveTxt: async () => ({ status: "absent" }) }); // true
 * ```
 */
export function objectWith(expected: string, ...methods: readonly string[]): OptionRule {
  return {
    expected,
    accepts: (value) =>
      typeof value === "object" &&
      value !== null &&
      // A list has the method find, too.
      !Array.isArray(value) &&
      methods.some((method) => typeof Reflect.get(value, method) === "function"),
  };
}

/**
 * Options completed with defaults. One that is undefined is absent, which a spread would not know.
 *
 * ```ts
 * withDefaults({ limit: undefined, domain: "example.com" }, { limit: 10 });
 * // { limit: 10, domain: "example.com" }
 * ```
 */
export function withDefaults<Options extends object, Defaults extends Partial<Options>>(
  options: Options,
  defaults: Defaults,
): Options & Defaults {
  const given: Partial<Options> = {};
  for (const name in options) if (options[name] !== undefined) given[name] = options[name];
  return { ...defaults, ...(given as Options) };
}

/**
 * A copy of checked options, with those that the object inherits, as from a class: a spread would lose them.
 *
 * ```ts
 * class Options {
 *   get limit(): number {
 *     return 10;
 *   }
 * }
 * givenOptions(new Options(), { limit: required(wholeNumber(1)) }); // { limit: 10 }
 * ```
 */
export function givenOptions<Options extends object>(
  options: Options,
  rules: OptionRules<Options>,
): Options {
  const given: Partial<Options> = {};
  for (const name of Object.keys(rules) as (keyof Options)[]) {
    if (options[name] !== undefined) given[name] = options[name];
  }
  return given as Options;
}
