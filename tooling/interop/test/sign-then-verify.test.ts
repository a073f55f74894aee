import { generateKey } from "@mailseal/crypto";
import {
  formatKeyRecord,
  keyRecordName,
  keySource,
  staticResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { splitMessage } from "@mailseal/syntax";
import { verify } from "@mailseal/verifier";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const domain = "example.com";
const rsa = {
  domain,
  selector: "rsa",
  key: generateKey({ type: "rsa", bits: 2048 }),
} satisfies SignatureOptions;
const ed = {
  domain,
  selector: "ed",
  key: generateKey({ type: "ed25519" }),
} satisfies SignatureOptions;
const zone = Object.fromEntries(
  [rsa, ed].map(({ selector, key }) => [
    keyRecordName(selector, domain),
    [formatKeyRecord(key.publicKey)],
  ]),
);
const keys = keySource(staticResolver(zoneFromJson(zone)));

const word = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .map((text) => text.replaceAll(/[\r\n]/g, "_"));
const value = fc
  .array(fc.oneof(word, fc.constantFrom(" ", "\t", "\r\n ", "\r\n\t", ":", ";", "=")), {
    maxLength: 8,
  })
  .map((pieces) => pieces.join(""));
const name = fc.constantFrom("To", "Subject", "Date", "X-Odd", "list-id", "Received", "Cc");
const field = fc
  .tuple(name, fc.constantFrom(":", ": ", " :"), value)
  .map((parts) => parts.join(""));
const body = fc
  .array(fc.oneof(word, fc.constantFrom(" ", "\t", "\r\n", "\r", "\n", "\0", "\r\n\r\n")), {
    maxLength: 20,
  })
  .map((pieces) => pieces.join(""));
const message = fc
  .tuple(fc.array(field, { maxLength: 6 }), body)
  .map(([fields, text]) =>
    Buffer.from(["From: Ada <ada@example.com>", ...fields, "", text].join("\r\n")),
  );
const options = fc.record({
  canonicalization: fc.constantFrom(
    "simple/simple",
    "simple/relaxed",
    "relaxed/simple",
    "relaxed/relaxed",
  ),
  identity: fc.constantFrom(
    "@example.com",
    "ada@mail.example.com",
    '"a;b c=d"@example.com',
    "zoë@example.com",
  ),
  copyHeaders: fc.boolean(),
  bodyLength: fc.boolean(),
  expireAfterSeconds: fc.integer({ min: 600, max: 1e6 }),
});

async function codesOf(bytes: Uint8Array): Promise<string[]> {
  return (await verify(bytes, { keys })).signatures.map(({ code }) => code);
}

describe("sign, then verify (property)", () => {
  test("whatever is signed verifies", async () => {
    await fc.assert(
      fc.asyncProperty(message, options, async (bytes, chosen) => {
        const signer = createSigner([
          { ...rsa, ...chosen },
          { ...ed, ...chosen },
        ]);
        const codes = await codesOf(signer.sign(bytes).toBytes());
        // Several of a field that RFC 5322 allows once are signed, all of them.
        expect(codes).toEqual(["pass", "pass"]);
      }),
      { numRuns: 300 },
    );
  });

  test("a signed message that was changed in one bit of what is signed does not", async () => {
    const signer = createSigner({
      ...ed,
      canonicalization: "simple/simple",
      headers: ["From*", "To*", "Subject*", "Date*", "X-Odd*", "List-Id*", "Received*", "Cc*"],
    });
    await fc.assert(
      fc.asyncProperty(message, fc.nat(), fc.nat(7), async (bytes, at, bit) => {
        const signed = signer.sign(bytes).toBytes();
        const { bodyStart, headerEnd, fields } = splitMessage(signed);
        // All but the signature itself, and the blank line, which is not signed.
        const from = fields[1]?.start ?? 0;
        const headerSize = headerEnd - from;
        const size = headerSize + Math.max(0, contentEnd(signed, bodyStart) - bodyStart);
        const chosen = at % size;
        const offset = chosen < headerSize ? from + chosen : bodyStart + chosen - headerSize;
        const altered = Uint8Array.from(signed);
        altered[offset] = (altered[offset] ?? 0) ^ (1 << bit);
        expect(await codesOf(altered)).not.toContain("pass");
      }),
      { numRuns: 500 },
    );
  });
});

/** Line ends at the very end of the body are not signed, nor is whether there are any (RFC 6376 3.4.3). */
function contentEnd(bytes: Uint8Array, bodyStart: number): number {
  let end = bytes.length;
  while (end - 2 >= bodyStart && bytes[end - 1] === 0x0a && bytes[end - 2] === 0x0d) {
    end -= 2;
  }
  return end;
}
