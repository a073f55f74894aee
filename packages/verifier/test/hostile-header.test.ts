import { worstCaseKeyName, worstCases } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import { verify } from "../src/index.ts";
import { defaultHeader, handSign, keysFrom, recordOf, rsaKey } from "./support/hand-sign.ts";
import { now, verdictOf } from "./support/verdict-of.ts";

describe("octets and names", () => {
  test("fields named like prototypes are fields like any", async () => {
    const header = [...defaultHeader, "__proto__: a", "constructor: b"];
    const message = handSign({ header, h: "from:__proto__:constructor:hasownproperty" });
    expect(await verdictOf(message)).toMatchObject({ result: "pass" });
    expect(await verdictOf(message.replace("__proto__: a", "__proto__: c"))).toMatchObject({
      result: "fail",
    });
  });
  test("a NUL or control byte is content of its value, and never part of a name", async () => {
    const header = [...defaultHeader, "X-Odd: a\0b\u0001c"];
    const message = handSign({ header, h: "from:x-odd" });
    expect(await verdictOf(message)).toMatchObject({ result: "pass" });
    expect(await verdictOf(message.replace("\0", ""))).toMatchObject({ result: "fail" });
    const name = handSign({ h: "from:to" }).replace("To:", "T\0o:");
    expect(await verdictOf(name)).toMatchObject({ result: "fail", code: "signature-mismatch" });
  });
  test("a signature names others, never itself (RFC 6376 5.4)", async () => {
    expect(await verdictOf(handSign({ h: "from:dkim-signature" }))).toMatchObject({
      result: "pass",
    });
  });
});

describe("a megabyte of it", () => {
  const size = 1 << 20;
  test.each(worstCases)("$name: a report, and no pass", async ({ build }) => {
    const keys = keysFrom({ [worstCaseKeyName]: [recordOf(rsaKey)] });
    const report = await verify(build(size), { keys, now });
    expect(report.signatures.every(({ result }) => result !== "pass")).toBe(true);
  });

  const fills: readonly (readonly [string, string])[] = [
    ["folding", "\r\n "],
    ["blanks", " "],
    ["tabs", "\t"],
    ["parentheses", "("],
  ];
  test.each(fills)("%s in a signed field is signed like any", async (_, fill) => {
    const header = [...defaultHeader, `X-Long: a${fill.repeat(size / fill.length)}b`];
    const message = handSign({ header, h: "from:x-long" });
    expect(await verdictOf(message)).toMatchObject({ result: "pass" });
    expect(await verdictOf(message.replace(/b(?=\r\n\r\n)/, "c"))).toMatchObject({
      result: "fail",
      bodyHash: "match",
    });
  });
  test.each([
    ["blank lines", "\r\n"],
    ["blanks", " "],
    ["lines of blanks", " \t\r\n"],
  ])("%s in the body count where text follows", async (_, fill) => {
    const body = `a\r\n${fill.repeat(size / fill.length)}`;
    const message = handSign({ body });
    expect(await verdictOf(message)).toMatchObject({ result: "pass" });
    expect(await verdictOf(`${message}b\r\n`)).toMatchObject({
      result: "fail",
      signature: "match",
    });
  });
});
