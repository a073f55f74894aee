import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, keySource } from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { explain, type Explanation } from "@mailseal/verifier/explain";
import { describe, expect, test } from "vitest";
import { explanationPage } from "../../../src/web/views/explanation.ts";
import { textOf } from "../../support/page-data.ts";

const key = generateKey({ type: "ed25519" });
const keys = keySource({
  resolveTxt: async () => ({ status: "found", records: [formatKeyRecord(key.publicKey)] }),
});
const signer = createSigner({ domain: "example.com", selector: "s1", key });
const mail = "From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";
const signed = Buffer.from(signer.sign(Buffer.from(mail)).toBytes()).toString("latin1");

function explained(message: string): Promise<Explanation> {
  return explain(Buffer.from(message, "latin1"), { keys });
}

describe("the explanation of a message", () => {
  test("that passes has its facts and no causes", async () => {
    const page = String(explanationPage("Your message", await explained(signed)));
    expect(textOf(page)).toMatch(/pass example\.com/);
    expect(textOf(page)).toContain("Selector s1");
    expect(page).not.toContain("What to do");
  });

  test("that was changed shows the change and the remedy", async () => {
    const changed = await explained(signed.replace("Subject: Lunch", "Subject: [list] Lunch"));
    const text = textOf(explanationPage("Your message", changed));
    expect(text).toMatch(/fail example\.com/);
    expect(text).toMatch(/- .*Lunch/);
    expect(text).toMatch(/\+ .*\[list\] Lunch/);
    expect(text).toMatch(/(?:Proof|Evidence): .*What to do: /);
  });

  test("without a signature is called unsigned", async () => {
    const page = explanationPage("Your message", await explained(mail));
    expect(textOf(page)).toContain("Not signed: the message has no DKIM-Signature field.");
  });

  test("escapes the text of the message", async () => {
    const hostile = signed
      .replace("From: joe@example.com", 'From: "<script>alert(1)</script>"@example.com')
      .replace("d=example.com", "d=<script>.example");
    const page = String(explanationPage("<script>title", await explained(hostile)));
    expect(page).not.toContain("<script");
    expect(page).toMatch(/^[\n\x20-\x7e\u00a0-\uffff]*$/);
  });
});

test("a long change is cut, and blanks at the end of a line are shown", () => {
  const lines = Array.from({ length: 20 }, (_, number) => `line ${number}\t  `).join("\r\n");
  const signature = {
    result: "fail",
    code: "body-hash",
    reason: "the body was changed",
    causes: [
      {
        code: "trailing-blanks",
        detail: "d",
        evidence: "e",
        changes: [{ signed: lines, received: undefined }],
      },
    ],
  };
  const text = String(
    explanationPage("Your message", {
      signatures: [signature],
      from: [],
      hypotheses: 1234,
      bounded: true,
    } as unknown as Explanation),
  );
  expect(text).toContain("<del>- line 0→··</del>");
  expect(text).toContain("(8 more lines)");
  expect(text).toContain("Tested 1,234 possible changes before reaching the time limit.");
});
