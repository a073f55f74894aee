import { createSigner } from "@mailseal/signer";
import { expect, test } from "vitest";
import { body, ed25519, explained, header, rsa, signed } from "./support/explained.ts";

test("a tag in the Subject and a footer, signed with two keys", async () => {
  const signer = createSigner([
    { domain: "example.com", selector: "r", key: rsa },
    { domain: "example.com", selector: "e", key: ed25519 },
  ]);
  const text = Buffer.from(signer.sign(Buffer.from(header + "\r\n" + body)).toBytes()).toString();
  const altered = `${text.replace("Subject: ", "Subject: [list] ")}-- \r\nfooter\r\n`;
  const { signatures } = await explained(altered, { now: Math.floor(Date.now() / 1000) });
  for (const { causes } of signatures) {
    expect(causes).toEqual([
      expect.objectContaining({
        code: "body-appended",
        changes: [{ received: "-- \r\nfooter\r\n" }],
      }),
      expect.objectContaining({
        code: "field-edited",
        field: "subject",
        changes: [{ received: "Subject: [list] The plan\r\n", signed: "Subject: The plan\r\n" }],
      }),
    ]);
  }
  expect(signatures).toHaveLength(2);
});

test("a message that passes has no causes and costs no hypotheses", async () => {
  const { from, signatures, hypotheses, bounded } = await explained(signed());
  expect(signatures.map(({ result, causes }) => [result, causes])).toEqual([["pass", []]]);
  expect({ from, hypotheses, bounded }).toEqual({
    from: ["ada@example.com"],
    hypotheses: 0,
    bounded: false,
  });
});
