import type { SignatureOptions } from "@mailseal/signer";
import { describe, expect, test } from "vitest";
import type { ExplainOptions } from "../../src/explain.ts";
import { codesOf, header, now, signed } from "../support/explained.ts";

describe("time and policy", () => {
  test.each<[string, Partial<SignatureOptions>, Partial<ExplainOptions>, readonly string[]]>([
    ["passes", {}, {}, []],
    ["expired", { expireAfterSeconds: 10 }, { now: now + 10_000 }, ["expired"]],
    ["from the future", { timestamp: now + 10_000 }, {}, ["policy"]],
    [
      "a field that must be signed",
      { skip: ["subject"] },
      { requiredFields: ["subject"] },
      ["policy"],
    ],
  ])("%s", async (_, options, verifying, codes) => {
    expect(await codesOf(signed(options), verifying)).toEqual(codes);
  });

  test("a second field beside the signed one", async () => {
    const once = { headers: ["From", "To", "Subject"] };
    const text = `${signed(once)}`.replace(
      "Subject: The plan\r\n",
      "Subject: The plan\r\nTo: x@example.org\r\n",
    );
    const above = text
      .replace("From: Ada", "Subject: Another\r\nFrom: Ada")
      .replace("To: x@example.org\r\n", "");
    expect(await codesOf(above)).toEqual(["field-added subject", "policy"]);
  });

  test("text behind l=, where it can replace what is shown", async () => {
    const html = header + "Content-Type: text/html\r\n\r\n<p>hi</p>\r\n";
    const text = `${signed({ bodyLength: true, headers: ["From", "To"] }, html)}<h1>other</h1>\r\n`;
    expect(await codesOf(text)).toEqual(["body-appended", "policy"]);
  });
});
