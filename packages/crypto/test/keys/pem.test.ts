import fc from "fast-check";
import { expect, test } from "vitest";
import { pemBlocks } from "../../src/keys/pem.ts";

const octets = fc.uint8Array({ minLength: 1, maxLength: 200 });
const label = fc.constantFrom("PRIVATE KEY", "CERTIFICATE", "RSA PRIVATE KEY");
const lineBreak = fc.constantFrom("\n", "\r\n", "\r", "\\n", "\\r\\n", " ", "\n\t");
const between = fc.constantFrom("", "Bag Attributes: <none>\n", '"', "# -----BEGIN\n");

/** A block as every tool writes it (RFC 7468 3). */
function block(name: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${name}-----\n${lines.join("\n")}\n-----END ${name}-----\n`;
}

test("every block is found, whatever its line breaks have become (property)", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(label, octets, lineBreak, between), { maxLength: 6 }),
      (blocks) => {
        const written = blocks.map(([name, bytes]) =>
          block(name, Buffer.from(bytes).toString("base64")),
        );
        const text = blocks
          .map(
            ([, , separator, before], index) =>
              `${before}${written[index]?.replaceAll("\n", separator)}`,
          )
          .join("");
        expect(pemBlocks(text)).toEqual(
          blocks.map(([name], index) => ({ label: name, pem: written[index], isComplete: true })),
        );
      },
    ),
  );
});

test("a block without its END line reaches to the next block", () => {
  const text = `-----BEGIN PRIVATE KEY-----\nAAAA\n${block("CERTIFICATE", "BBBB")}`;
  expect(pemBlocks(text)).toEqual([
    { label: "PRIVATE KEY", pem: block("PRIVATE KEY", "AAAA"), isComplete: false },
    { label: "CERTIFICATE", pem: block("CERTIFICATE", "BBBB"), isComplete: true },
  ]);
});

test("any text has blocks or none (property)", () => {
  const piece = fc.oneof(
    fc.constantFrom("-----BEGIN ", "-----END ", "-----", "PRIVATE KEY", "\n", "AAAA"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      for (const found of pemBlocks(pieces.join(""))) {
        expect(found.pem.startsWith(`-----BEGIN ${found.label}-----\n`)).toBe(true);
      }
    }),
  );
});
