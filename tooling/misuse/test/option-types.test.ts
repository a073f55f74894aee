import { MailsealError } from "@mailseal/errors";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { optionParameters } from "../src/option-parameters.ts";
import { closeCalls, publicCalls } from "./support/public-calls.ts";
import { wrongValues } from "./support/wrong-values.ts";

const parameters = optionParameters();
const calls = await publicCalls();

afterAll(closeCalls);

/** The error of a call, which is thrown or rejects; undefined if there is none. */
async function errorOf(name: string, change: object, without?: string): Promise<unknown> {
  const call = calls.get(name);
  if (call === undefined) throw new Error(`no call for ${name}`);
  const { [without ?? ""]: _, ...base } = call.options as Readonly<Record<string, unknown>>;
  try {
    await call.run({ ...base, ...change } as never);
    return undefined;
  } catch (error) {
    return error;
  }
}

function expectRefusal(error: unknown, option: string, expected: RegExp | string): void {
  expect(error, option).toBeInstanceOf(MailsealError);
  const { message } = error as MailsealError;
  expect(message.startsWith(`${option}:`) || message.startsWith(`${option}[`), message).toBe(true);
  expect(message).toMatch(expected);
}

test("this test calls every public function that has options", () => {
  expect([...calls.keys()].toSorted()).toEqual(parameters.map(({ function: name }) => name));
  expect(parameters.flatMap(({ options }) => options).length).toBeGreaterThan(150);
});

describe.each(parameters)("$function", ({ function: name, options }) => {
  const names = new Set(options.map((option) => option.name));

  test("refuses what is no object of options", async () => {
    const call = calls.get(name);
    for (const wrong of [null, "text", 42, true, [[]], () => {}, Promise.resolve({}), new Set()]) {
      const refused = await Promise.resolve()
        .then(() => call?.run(wrong as never))
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(refused, String(wrong)).toBeInstanceOf(MailsealError);
    }
  });

  test("refuses a wrong value of each option, and names it", async () => {
    for (const option of options) {
      for (const wrong of wrongValues(option)) {
        const error = await errorOf(name, { [option.name]: wrong });
        expectRefusal(error, option.name, /expected .*, got /);
      }
    }
  });

  test("refuses an option of another name, whatever its value", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[A-Za-z]\w{0,15}$/).filter((other) => !names.has(other)),
        fc.constantFrom<unknown>("text", 42, true, {}, undefined, null),
        async (other, value) => {
          expectRefusal(await errorOf(name, { [other]: value }), other, /unknown option/);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("suggests the nearest name for a misspelt one", async () => {
    for (const option of options) {
      const misspelt = `${option.name}s`;
      if (names.has(misspelt)) continue;
      const error = await errorOf(name, { [misspelt]: 1 });
      expectRefusal(error, misspelt, `did you mean "${option.name}"?`);
    }
  });

  test("asks for each option that is required", async () => {
    for (const option of options.filter(({ isRequired }) => isRequired)) {
      const error = await errorOf(name, {}, option.name);
      expectRefusal(error, option.name, /, got nothing: this option is required$/);
    }
  });
});
