import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { rolldown } from "rolldown";
import { describe, expect, test } from "vitest";
import {
  anyObject,
  argumentCheck,
  bytes,
  callback,
  either,
  givenOptions,
  listOf,
  MailsealError,
  number,
  objectWith,
  oneOf,
  optionsCheck,
  optionsOf,
  required,
  secret,
  text,
  trueOrFalse,
  wholeNumber,
  withDefaults,
} from "../src/index.ts";

interface Options {
  readonly name: string;
  readonly limit?: number;
  readonly ratio?: number;
  readonly mode?: "strict" | "relaxed";
  readonly labels?: readonly string[];
  readonly passphrase?: string;
  readonly length?: boolean | number;
  readonly onEnd?: () => void;
  readonly seed?: Uint8Array;
  readonly isTest?: boolean;
  readonly source?: object;
  readonly environment?: object;
  readonly times?: { readonly stepMs?: number };
}

const fail = (message: string, option: string): MailsealError =>
  Object.assign(new MailsealError("bad-option", message), { option });

const check = optionsCheck<Options>(
  "options",
  {
    name: required(text),
    limit: wholeNumber(1, 99, "entries"),
    ratio: number(0),
    mode: oneOf(["strict", "relaxed"]),
    labels: listOf("names", text, 1),
    passphrase: secret(text),
    length: either(trueOrFalse, wholeNumber(0)),
    onEnd: callback,
    seed: bytes,
    isTest: trueOrFalse,
    source: objectWith("a source", "find", "look"),
    environment: anyObject("an object of variables"),
    times: optionsOf<{ readonly stepMs?: number }>({ stepMs: wholeNumber(1) }),
  },
  fail,
);

function messageOf(options: unknown, path?: string): string {
  try {
    check(options, path);
  } catch (error) {
    return error instanceof MailsealError ? error.message : `not ours: ${String(error)}`;
  }
  return "accepted";
}

describe("accepted", () => {
  const cases: readonly unknown[] = [
    { name: "a" },
    { name: "" },
    { name: "a", limit: undefined },
    { name: "a", limit: 99, ratio: Infinity, mode: "strict", labels: ["x"], length: true },
    { name: "a", length: 0, onEnd() {}, seed: Buffer.of(1), isTest: false, times: {} },
    { name: "a", source: { look: () => 1 }, environment: process.env, times: { stepMs: 1 } },
    Object.assign(Object.create({ name: "inherited" }), { limit: 2 }),
    Object.assign(Object.create(null), { name: "no prototype" }),
    { name: "a", [Symbol("of another library")]: 1 },
  ];
  test.each(cases)("%o", (options) => {
    expect(messageOf(options)).toBe("accepted");
  });
});

class WithGetters {
  readonly name: string = "a";
  readonly #limit: unknown;

  constructor(limit: unknown) {
    this.#limit = limit;
  }

  get limit(): unknown {
    return this.#limit;
  }
}

test("the getters of a class are options too", () => {
  expect(messageOf(new WithGetters(5))).toBe("accepted");
  expect(messageOf(new WithGetters("5"))).toMatch(/^limit: expected .*, got "5"/);
});

test("copies have the options that an object inherits, and none that are undefined", () => {
  const rules = { name: text, limit: wholeNumber(1), mode: text };
  const options = Object.assign(new WithGetters(5), { mode: undefined });
  expect(givenOptions<object>(options, rules)).toStrictEqual({ name: "a", limit: 5 });
  const inheriting = Object.assign(Object.create({ name: "a" }) as object, { mode: undefined });
  expect(withDefaults(inheriting, { mode: "b" } as object)).toStrictEqual({ name: "a", mode: "b" });
});

describe("the message has the option, what was expected and what arrived", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [undefined, "options: expected an object of options, got nothing"],
    [null, "options: expected an object of options, got null"],
    ["name", 'options: expected an object of options, got "name"'],
    [[], "options: expected an object of options, got an empty list"],
    [new Map(), "options: expected an object of options, got an instance of Map"],
    [
      Promise.resolve({}),
      "options: expected an object of options, got an instance of Promise; await it first",
    ],
    [{}, "name: expected text, got nothing: this option is required"],
    [{ name: 42 }, "name: expected text, got 42"],
    [{ name: null }, "name: expected text, got null"],
    [{ nmae: "a" }, 'nmae: unknown option; did you mean "name"?'],
    [
      { name: "a", zzz: 1 },
      "zzz: unknown option; expected one of name, limit, ratio, mode, labels, passphrase, length, onEnd, seed, isTest, source, environment, times",
    ],
    [
      { name: "a", limit: "3" },
      'limit: expected a whole number of entries from 1 to 99, got "3"; convert it with Number()',
    ],
    [
      { name: "a", limit: "many" },
      'limit: expected a whole number of entries from 1 to 99, got "many"',
    ],
    [{ name: "a", limit: "" }, 'limit: expected a whole number of entries from 1 to 99, got ""'],
    [{ name: "a", limit: 0 }, "limit: expected a whole number of entries from 1 to 99, got 0"],
    [{ name: "a", limit: 2.5 }, "limit: expected a whole number of entries from 1 to 99, got 2.5"],
    [{ name: "a", ratio: NaN }, "ratio: expected a number from 0, got NaN"],
    [
      { name: "a", mode: "Strict" },
      'mode: expected one of "strict", "relaxed", got "Strict"; did you mean "strict"?',
    ],
    [{ name: "a", mode: 1n }, 'mode: expected one of "strict", "relaxed", got 1'],
    [{ name: "a", labels: "x" }, 'labels: expected a list of names with an entry, got "x"'],
    [
      { name: "a", labels: [] },
      "labels: expected a list of names with an entry, got an empty list",
    ],
    [{ name: "a", labels: ["x", 7] }, "labels[1]: expected text, got 7"],
    [
      { name: "a", length: "5" },
      'length: expected true or false or a whole number from 0, got "5"; convert it with Number()',
    ],
    [{ name: "a", onEnd: "run" }, 'onEnd: expected a function, got "run"'],
    [{ name: "a", seed: "AAAA" }, 'seed: expected bytes (a Uint8Array), got "AAAA"'],
    [{ name: "a", isTest: "true" }, 'isTest: expected true or false, got "true"'],
    [{ name: "a", source: () => 1 }, "source: expected a source, got a function"],
    [{ name: "a", source: {} }, "source: expected a source, got an object"],
    [
      { name: "a", environment: [] },
      "environment: expected an object of variables, got an empty list",
    ],
    [{ name: "a", times: { stepMs: 0 } }, "times.stepMs: expected a whole number from 1, got 0"],
    [{ name: "a", times: { stepMS: 1 } }, 'times.stepMS: unknown option; did you mean "stepMs"?'],
    [{ name: "a", times: 5 }, "times: expected an object of options, got 5"],
    [{ name: Symbol("s") }, "name: expected text, got Symbol(s)"],
  ];
  test.each(cases)("%o", (options, message) => {
    expect(messageOf(options)).toBe(message);
  });

  test("names of the language are no options", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty"]) {
      expect(messageOf({ name: "a", [name]: 1 })).toMatch(`${name}: unknown option`);
    }
    expect(messageOf(JSON.parse('{"name":"a","__proto__":1}'))).toMatch(
      "__proto__: unknown option",
    );
  });

  test("an option of one of several objects has its place", () => {
    expect(messageOf({ name: 1 }, "signatures[2]")).toBe(
      "signatures[2].name: expected text, got 1",
    );
    expect(messageOf(5, "signatures[2]")).toMatch(/^signatures\[2\]: expected an object/);
  });

  test("the error is told the name of the option", () => {
    expect(() => check({ name: "a", times: { stepMs: 0 } })).toThrow(
      expect.objectContaining({ option: "times.stepMs" }),
    );
  });

  test("a parameter", () => {
    const checkMessage = argumentCheck("message", bytes, fail);
    expect(() => checkMessage(Buffer.of(1))).not.toThrow();
    expect(() => checkMessage("From: a")).toThrow(
      'message: expected bytes (a Uint8Array), got "From: a"',
    );
    const checkNames = argumentCheck("names", listOf("names", text), fail);
    expect(() => checkNames(["a", 1])).toThrow("names[1]: expected text, got 1");
  });
});

describe("no secret is shown", () => {
  const pem =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmi\n-----END";
  const seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
  test.each([
    ["a passphrase that is no text", { name: "a", passphrase: 12_345_678 }],
    ["a key in another option", { name: "a", mode: pem }],
    ["a seed in another option", { name: "a", mode: seed }],
    ["a key as a name", { name: "a", limit: seed }],
  ])("%s", (_, options) => {
    const message = messageOf(options);
    expect(message).toMatch(/got a value \(not shown: it may be secret\)$/);
    expect(message).not.toMatch(/12345678|MC4C|nWGx/);
  });
});

test("any object with one wrong or unknown option is refused by a message of one printable line", () => {
  fc.assert(
    fc.property(fc.string(), fc.anything(), (name, value) => {
      const message = messageOf({ name: "a", [`${name}?`]: value });
      expect(message).toContain("unknown option");
      expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(message.length).toBeLessThan(400);
    }),
  );
});

test("defaults complete options, and an option that is undefined is absent", () => {
  const options: { readonly a?: number; readonly b?: number } = JSON.parse('{"a":1}');
  expect(withDefaults({ ...options, b: undefined as unknown as number }, { a: 5, b: 6 })).toEqual({
    a: 1,
    b: 6,
  });
});

/** The size of a module, minified: alone, or with everything that it imports. */
async function minified(file: string, imports: "alone" | "with imports"): Promise<Uint8Array> {
  const input = fileURLToPath(new URL(`../src/${file}`, import.meta.url));
  const external = imports === "alone" ? /\.ts$/ : [];
  const bundle = await rolldown({ input, external, preserveEntrySignatures: "strict" });
  const { output } = await bundle.generate({ minify: true });
  return Buffer.from(output[0].code);
}

describe("it is small, because every package contains it", () => {
  test("less than 2 KB, minified", async () => {
    const { length } = await minified("option-check.ts", "alone");
    expect(length).toBeGreaterThan(1000);
    expect(length).toBeLessThan(2048);
  });

  test("less than 2 KB, compressed, with all rules and the nearest name", async () => {
    const { length } = gzipSync(await minified("option-rules.ts", "with imports"));
    expect(length).toBeGreaterThan(1000);
    expect(length).toBeLessThan(2048);
  });
});
