import { describe, expect, test } from "vitest";
import type { VerifyOptions } from "../src/index.ts";
import { defaultTags, edKey, handSign, keysFrom, recordOf } from "./support/hand-sign.ts";
import { verdictOf } from "./support/verdict-of.ts";

describe("what does not match", () => {
  const cases = [
    [
      "body altered",
      (text: string) => text.replace("nine", "ten"),
      "body-hash-mismatch",
      "mismatch",
      "match",
    ],
    [
      "header altered",
      (text: string) => text.replace("Thursday", "Friday"),
      "signature-mismatch",
      "match",
      "mismatch",
    ],
    [
      "both altered",
      (text: string) => text.replace("nine", "ten").replace("Thursday", "Friday"),
      "body-hash-mismatch",
      "mismatch",
      "mismatch",
    ],
    [
      "signed field removed",
      (text: string) => text.replace(/To: .*\r\n/, ""),
      "signature-mismatch",
      "match",
      "mismatch",
    ],
    [
      "tag altered",
      (text: string) => text.replace("v=1;", "v=1; x=9999999999;"),
      "signature-mismatch",
      "match",
      "mismatch",
    ],
  ] as const;
  test.each(cases)("%s", async (_, alter, code, bodyHash, signature) => {
    const altered = alter(handSign());
    expect(altered).not.toBe(handSign());
    expect(await verdictOf(altered)).toMatchObject({
      result: "fail",
      code,
      bodyHash,
      signature,
      trusted: false,
    });
  });
});

describe("the key is known, or is not", () => {
  const name = "sel._domainkey.example.com";
  const good = recordOf(edKey);
  test("an altered body fails, whatever DNS says or does not say", async () => {
    for (const records of [{ error: "nxdomain" }, { error: "timeout" }, ["v=DKIM1; p="]]) {
      const keys = keysFrom({ [name]: records });
      expect(await verdictOf(handSign().replace("nine", "ten"), { keys })).toMatchObject({
        result: "fail",
        code: "body-hash-mismatch",
        signature: "none",
      });
    }
  });

  test("a testing key passes, is said to be one, and is not trusted", async () => {
    const keys = keysFrom({ [name]: [good.replace("; p=", "; t=y; p=")] });
    expect(await verdictOf(handSign(), { keys })).toMatchObject({
      result: "pass",
      testing: true,
      trusted: false,
    });
  });
});

test("reasons name the values that matter", async () => {
  const reasons: readonly (readonly [string, Partial<VerifyOptions>, RegExp])[] = [
    [
      handSign({ tags: `${defaultTags}; l=99`, length: 99 }),
      {},
      /l= claims more octets than the body's 26/,
    ],
    [handSign().replace("nine", "ten"), {}, /header fields are unaltered, but the body/],
    [
      handSign().replace("Thursday", "Friday"),
      {},
      /body is unaltered, but the signed header fields/,
    ],
    [handSign().replace("nine", "ten").replace("Thursday", "Friday"), {}, /neither the body nor/],
  ];
  for (const [message, options, reason] of reasons) {
    expect((await verdictOf(message, options)).reason).toMatch(reason);
  }
});
