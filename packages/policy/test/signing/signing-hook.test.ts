import { formatFields } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import type { PolicyHooks } from "../../src/index.ts";
import { context, envelope, key, mail, open, otherKey, signedAs, stored } from "../support/mail.ts";
import { runHooks } from "../support/run-hooks.ts";

const signing = { selector: "s1", keyText: key.toPem() };

const never = new Promise<never>(() => undefined);

describe("beforeSign", () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["nothing", undefined, "s1/example.com"],
    ["an empty object", {}, "s1/example.com"],
    ["skip", { skip: true }, "hook"],
    ["another selector", { signing: { selector: "s9" } }, "s9/example.com"],
    ["another domain", { signing: { domain: "esp.example" } }, "s1/esp.example"],
    ["sign: false", { signing: { sign: false } }, "sign-off"],
    ["another binding", { binding: "pool" }, "s2/example.com"],
    [
      "binding and options",
      { binding: "pool", signing: { baseDomain: "example.com", expireAfter: "1h" } },
      "s2/example.com",
    ],
    ["a condition", { signing: { signCondition: ["absent"] } }, "sign-condition"],
    ["another key", { signing: { keyText: otherKey.toPem() } }, "s1/example.com"],
    [
      "two signatures",
      { signing: { signatures: [{ selector: "a" }, { selector: "b" }] } },
      "a/example.com b/example.com",
    ],
  ];
  test.for(cases)("may answer %s", async ([, answer, expected]) => {
    for (const later of [false, true]) {
      const hook = (): unknown => (later ? Promise.resolve(answer) : answer);
      const { processed, failures } = await runHooks({
        beforeSign: hook as PolicyHooks["beforeSign"] & object,
      });
      expect(processed.skipped ?? signedAs(processed).join(" ")).toBe(expected);
      expect(failures).toEqual([]);
    }
  });

  test("changes each of several signatures of its scope", async () => {
    const { pipeline } = await open(
      {
        signing: { ...signing, signatures: [{ selector: "a" }, { selector: "b" }] },
        hooks: { module: "given.ts" },
      },
      {
        hooks: {
          beforeSign: () => ({ signing: { expireAfter: "1h", canonicalization: "simple/simple" } }),
        },
      },
    );
    const { prepend } = await pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect(formatFields(prepend).match(/c=simple\/simple/g)).toHaveLength(2);
    expect(formatFields(prepend).match(/x=1790003600/g)).toHaveLength(2);
  });

  const bad: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      "throws",
      () => {
        throw new Error("no\r\nway");
      },
      /^it threw Error: no\?\?way$/,
    ],
    ["rejects", () => Promise.reject(new TypeError("x")), /TypeError: x/],
    [
      "throws no error",
      () => {
        throw undefined;
      },
      /it threw undefined/,
    ],
    ["hangs", () => never, /no answer within 20 ms/],
    ["answers text", () => "yes", /not usable/],
    ["answers true", () => true, /not usable/],
    ["names an unknown option", () => ({ signing: { selektor: "x" } }), /selektor/],
    ["gives a bad value", () => ({ signing: { expireAfter: "soon" } }), /expireAfter/],
    [
      "names an unknown binding",
      () => ({ binding: "constructor" }),
      /"constructor" is not in the config/,
    ],
    ["answers skip: false", () => ({ skip: false }), /skip/],
  ];
  test.for(bad)(
    "that %s is deferred, or ignored and the message signed",
    async ([, beforeSign, reason]) => {
      const hooks = { beforeSign } as PolicyHooks;
      const deferred = await runHooks(hooks, "defer");
      expect(deferred.processed).toMatchObject({
        disposition: { action: "defer", code: 451 },
        skipped: "hook",
        signatures: [],
      });
      expect(deferred.failures).toEqual([expect.stringMatching(reason)]);
      const ignored = await runHooks(hooks, "ignore");
      expect(ignored.processed.disposition).toEqual({ action: "accept" });
      expect(signedAs(ignored.processed)).toEqual(["s1/example.com"]);
      expect(ignored.failures).toEqual([expect.stringMatching(reason)]);
    },
  );

  test("sees the message, the context and the options, but no secret, and can change none of them", async () => {
    let seen: unknown;
    const { processed } = await runHooks({
      beforeSign(message, given) {
        seen = [
          message.get("FROM"),
          message.getAll("to"),
          message.get("absent"),
          message.names(),
          message.from,
          message.sizeBytes > 50,
          given.authUser,
          given.envelope.from,
          given.signing.selector,
          "keyText" in given.signing,
        ];
        Object.assign(given.signing, { sign: false });
        (given.envelope.recipients as string[]).push("x@y");
        (given.variables as Map<string, string>).set("a", "b");
        expect(() => Object.assign(message, { sizeBytes: 0 })).toThrow(TypeError);
      },
    });
    expect(seen).toEqual([
      "Ada <a@example.com>",
      ["b@example.net"],
      undefined,
      ["From", "To", "Subject"],
      ["a@example.com"],
      true,
      "ada",
      "a@example.com",
      "s1",
      false,
    ]);
    expect(signedAs(processed)).toEqual(["s1/example.com"]);
    expect(envelope.recipients).toHaveLength(1);
  });
});
