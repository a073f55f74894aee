import { readFileSync } from "node:fs";
import { ByteSink, selectSignedFields, writeSignedText } from "@mailseal/canonicalization";
import { findAlgorithm, loadPrivateKey, sign } from "@mailseal/crypto";
import { formatKeyRecord, keyRecordName, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { fieldValue, parseSignature, splitMessage } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import { verify } from "../src/index.ts";

function read(name: string): Buffer {
  return readFileSync(new URL(`rfc/${name}`, import.meta.url));
}

const examples = [
  {
    name: "RFC 6376 A",
    message: "rfc6376-a.eml",
    keys: [["brisbane", "example.com", "rfc6376-brisbane.pem"]],
    algorithms: ["rsa-sha256"],
  },
  {
    name: "RFC 8463 A",
    message: "rfc8463-a.eml",
    keys: [
      ["brisbane", "football.example.com", "rfc8463-brisbane.pem"],
      ["test", "football.example.com", "rfc8463-test.pem"],
    ],
    algorithms: ["ed25519-sha256", "rsa-sha256"],
  },
] as const;

describe.each(examples)("$name", ({ message: file, keys, algorithms }) => {
  const bytes = read(file);
  const privateKeys = keys.map(([selector, domain, pem]) => ({
    name: keyRecordName(selector, domain),
    key: loadPrivateKey(read(pem)),
  }));

  test("verifies", async () => {
    const zone = Object.fromEntries(
      privateKeys.map(({ name, key }) => [name, [formatKeyRecord(key.publicKey)]]),
    );
    const report = await verify(bytes, { keys: staticResolver(zoneFromJson(zone)) });
    expect(report.signatures.map(({ result, algorithm }) => [result, algorithm])).toEqual(
      algorithms.map((algorithm) => ["pass", algorithm]),
    );
  });

  test("signed anew with its keys gives the published bytes", () => {
    const message = splitMessage(bytes);
    const fields = message.byKey.get("dkim-signature") ?? [];
    expect(fields.length).toBe(keys.length);
    for (const [index, field] of fields.entries()) {
      const parsed = parseSignature(fieldValue(message, field));
      const key = privateKeys[index]?.key;
      if (!parsed.ok || key === undefined) {
        expect.unreachable();
        return;
      }
      const { signature } = parsed;
      const sink = new ByteSink();
      const { start, end, valueStart } = field;
      writeSignedText(
        sink,
        message,
        selectSignedFields(message, signature.signedFields),
        {
          bytes,
          start,
          end,
          valueStart: valueStart + signature.signatureStart,
          valueEnd: valueStart + signature.signatureEnd,
        },
        signature.headerCanonicalization,
      );
      const algorithm = findAlgorithm(signature.algorithm)?.name ?? "rsa-sha256";
      expect(Buffer.from(sign(algorithm, key, sink.bytes())).toString("base64")).toBe(
        Buffer.from(signature.signature).toString("base64"),
      );
    }
  });
});
