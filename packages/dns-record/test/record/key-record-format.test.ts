import { encodeBase64 } from "@mailseal/syntax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatKeyRecord, type KeyRecordOptions, parseKeyRecord } from "../../src/index.ts";
import { edKey, rsaKey } from "../keys.ts";

test("RSA: SubjectPublicKeyInfo (RFC 6376 erratum 3017)", () => {
  const spki = encodeBase64(rsaKey.publicKey.toSpki());
  expect(formatKeyRecord(rsaKey.publicKey)).toBe(`v=DKIM1; k=rsa; p=${spki}`);
});

test("Ed25519: the bare key (RFC 8463 4)", () => {
  const raw = encodeBase64(edKey.publicKey.toRecordBytes());
  expect(raw).toHaveLength(44);
  expect(formatKeyRecord(edKey.publicKey)).toBe(`v=DKIM1; k=ed25519; p=${raw}`);
});

test("every option", () => {
  const record = formatKeyRecord(edKey.publicKey, {
    flags: ["y", "s"],
    hashes: ["sha256"],
    services: ["*"],
    notes: "für; Thursday",
  });
  expect(record).toMatch(
    /^v=DKIM1; k=ed25519; h=sha256; s=\*; t=y:s; n=f=C3=BCr=3B=20Thursday; p=\S+$/,
  );
});

describe("refused", () => {
  const cases: readonly KeyRecordOptions[] = [
    { flags: [] },
    { flags: [""] },
    { flags: ["y:s"] },
    { flags: ["y; p="] },
    { hashes: ["sha 256"] },
    { hashes: ["*"] },
    { services: ["-a"] },
    { services: ["a-"] },
  ];
  test.each(cases)("%j", (options) => {
    expect(() => formatKeyRecord(edKey.publicKey, options)).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });
});

test("what is written is read", () => {
  const words = fc.array(fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,8}[a-z0-9])?$/), { minLength: 1 });
  const options = fc.record(
    { flags: words, hashes: words, services: words, notes: fc.string({ unit: "grapheme" }) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(options, fc.constantFrom(rsaKey, edKey), ({ ...given }, { publicKey }) => {
      const parsed = parseKeyRecord(formatKeyRecord(publicKey, given));
      expect(parsed).toEqual({
        ok: true,
        warnings: [],
        record: {
          version: "DKIM1",
          keyType: publicKey.type,
          services: ["*"],
          flags: [],
          ...given,
          publicKey: Uint8Array.from(publicKey.toRecordBytes()),
        },
      });
    }),
  );
});
