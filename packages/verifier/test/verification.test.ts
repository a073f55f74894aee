import type { TxtResolver } from "@mailseal/dns-record";
import { HeaderReader, splitMessage } from "@mailseal/syntax";
import { describe, expect, test, vi } from "vitest";
import { Verification, verify, type VerifyOptions } from "../src/index.ts";
import { handSign, keysFrom } from "./support/hand-sign.ts";
import { now } from "./support/verdict-of.ts";

test("each name is asked once, all at once", async () => {
  const asked: string[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const inner = keysFrom();
  const signed = handSign();
  const field = signed.slice(0, signed.indexOf("\r\n") + 2);
  const other = field.replace("s=sel", "s=other");
  const verification = new Verification({
    keys: {
      async find(selector, domain) {
        asked.push(selector);
        await gate;
        return inner.find(selector, domain);
      },
    },
  });
  verification.write(Buffer.from(field + other + signed));
  const report = verification.finish();
  expect(asked).toEqual(["sel", "other"]);
  release();
  expect((await report).signatures.map(({ result }) => result)).toEqual([
    "pass",
    "permerror",
    "pass",
  ]);
});

describe("count limits", () => {
  test("a thousand signatures: the first are evaluated, few lookups are made", async () => {
    const signed = handSign();
    const field = signed.slice(0, signed.indexOf("\r\n") + 2);
    const fields = Array.from({ length: 999 }, (_, index) =>
      field.replace("s=sel", `s=sel${index}`),
    );
    const asked = new Set<string>();
    const keys = keysFrom();
    const counting = {
      find(selector: string, domain: string) {
        asked.add(selector);
        return keys.find(selector, domain);
      },
    };
    const report = await verify(Buffer.from(signed.replace(field, field + fields.join(""))), {
      keys: counting,
      now,
    });
    expect(report.signatures.length).toBe(1000);
    expect(asked.size).toBe(16);
    const codes = report.signatures.map(({ code }) => code);
    expect(codes[0]).toBe("pass");
    expect(codes.filter((code) => code === "too-many-lookups").length).toBe(16);
    expect(codes.filter((code) => code === "too-many-signatures").length).toBe(968);
    const many = report.signatures.filter(({ code }) => code.startsWith("too-many"));
    expect(new Set(many.map(({ result }) => result))).toEqual(new Set(["policy"]));
    expect(many[0]?.reason).toMatch(/only 16 key records/);
    expect(many.at(-1)?.reason).toMatch(/only the first 32 signatures/);
  });
});

const options = { keys: keysFrom(), now };

describe("a message whose header has been read before", () => {
  const signed = handSign({ body: "one\r\n\r\ntwo\rthree\r\n" });
  test.each([
    ["as it was sent", signed],
    ["a Unix file", signed.replaceAll("\r\n", "\n")],
    ["with a broken body", `${signed}more\r\n`],
    ["with a bare LF in its header", signed.replace("\r\nTo:", "\nTo:")],
    ["without a body", signed.slice(0, signed.indexOf("\r\n\r\n"))],
    ["that is no message", "hello"],
  ])("%s, is verified as its bytes are", async (_name, text) => {
    const bytes = Buffer.from(text);
    const expected = await verify(bytes, options);
    const message = splitMessage(bytes);
    expect(await verify(message, options)).toEqual(expected);
    const { bodyStart } = message;
    const header = { ...message, bytes: bytes.subarray(0, bodyStart) };
    const verification = new Verification(options, header);
    for (let at = bodyStart; at < bytes.length; at += 3) {
      verification.write(bytes.subarray(at, Math.min(at + 3, bytes.length)));
    }
    expect(await verification.finish()).toEqual(expected);
  });

  test("is not read again", async () => {
    const message = splitMessage(Buffer.from(signed));
    const push = vi.spyOn(HeaderReader.prototype, "push");
    await verify(message, options);
    expect(push).not.toHaveBeenCalled();
    await verify(message.bytes, options);
    expect(push).toHaveBeenCalledOnce();
    push.mockRestore();
  });
});

describe("use that is wrong", () => {
  test.each<[string, (verification: Verification) => unknown]>([
    ["write", (verification) => verification.write(Buffer.from("more"))],
    ["finish", (verification) => verification.finish()],
  ])("%s after finish", async (_, use) => {
    const verification = new Verification({ keys: keysFrom() });
    verification.write(Buffer.from(handSign()));
    await verification.finish();
    await expect((async () => use(verification))()).rejects.toMatchObject({
      name: "VerificationError",
      code: "verification-finished",
    });
  });

  test("a resolver whose answer is none rejects from finish, although it was asked long before", async () => {
    const resolver: object = { resolveTxt: async () => [["v=DKIM1; p="]] };
    const verification = new Verification({ keys: resolver as TxtResolver });
    verification.write(Buffer.from(handSign()));
    // An unhandled rejection in the meantime fails the test.
    await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(verification.finish()).rejects.toMatchObject({ code: "invalid-option" });
  });

  test("text in place of bytes", () => {
    const verification = new Verification({ keys: keysFrom() });
    expect(() => verification.write("From: a" as unknown as Uint8Array)).toThrow(
      'chunk: expected bytes (a Uint8Array), got "From: a"',
    );
  });

  test("a skew that is text, with which an expired signature passed", async () => {
    const wrong = { keys: keysFrom(), clockSkewSeconds: "300" } as unknown as VerifyOptions;
    await expect(verify(Buffer.from(handSign()), wrong)).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringMatching(/^clockSkewSeconds: expected .* got "300"/),
    });
  });
});
