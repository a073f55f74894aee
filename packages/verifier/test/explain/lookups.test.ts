import type { KeySource, TxtAnswer, TxtResolver } from "@mailseal/dns-record";
import { HeaderReader, splitMessage } from "@mailseal/syntax";
import { describe, expect, test, vi } from "vitest";
import { explain } from "../../src/explain.ts";
import { edKey, handSign, keysFrom, recordOf } from "../support/hand-sign.ts";

const now = 1_764_000_000;
const altered = handSign().replace("Subject: Thursday", "Subject: Friday");

/** Counts what DNS is asked; nothing that it answers may be kept, so that each question reaches it. */
function counting(answer: TxtAnswer): { readonly asked: string[]; readonly keys: TxtResolver } {
  const asked: string[] = [];
  const resolveTxt = async (name: string): Promise<TxtAnswer> => {
    asked.push(name);
    return name === "sel._domainkey.example.com" ? answer : { status: "nxdomain" };
  };
  return { asked, keys: { resolveTxt } };
}

describe("explain looks each key record up once", () => {
  test.each<[string, TxtAnswer]>([
    ["one that fits", { status: "found", records: [recordOf(edKey)], ttlSeconds: 0 }],
    ["one that is malformed, with the advice on it", { status: "found", records: ["k=rsa; p=!"] }],
    ["one that is not there", { status: "nxdomain" }],
    ["one that DNS failed to give", { status: "servfail", reason: "SERVFAIL" }],
  ])("%s", async (_name, answer) => {
    const { asked, keys } = counting(answer);
    const { signatures } = await explain(Buffer.from(altered), { keys, now });
    expect(signatures[0]?.causes).not.toHaveLength(0);
    expect(asked.filter((name) => name === "sel._domainkey.example.com")).toHaveLength(1);
    expect(asked).toHaveLength(new Set(asked).size);
  });

  test("of a KeySource that keeps nothing", async () => {
    const asked: string[] = [];
    const inner = keysFrom();
    const keys: KeySource = {
      find(selector, domain) {
        asked.push(`${selector} ${domain}`);
        return inner.find(selector, domain);
      },
    };
    await explain(Buffer.from(altered), { keys, now });
    expect(asked).toContain("sel example.com");
    expect(asked).toHaveLength(new Set(asked).size);
  });
});

test("explain reads the header once, and not at all if it has been read before", async () => {
  const push = vi.spyOn(HeaderReader.prototype, "push");
  const bytes = Buffer.from(altered);
  const expected = await explain(bytes, { keys: keysFrom(), now });
  expect(push).toHaveBeenCalledOnce();
  const message = splitMessage(bytes);
  push.mockClear();
  expect(await explain(message, { keys: keysFrom(), now })).toEqual(expected);
  expect(push).not.toHaveBeenCalled();
  push.mockRestore();
});
