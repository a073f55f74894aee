import { createHash } from "node:crypto";
import { hashBody } from "@mailseal/canonicalization";
import { createSigner } from "@mailseal/signer";
import { type Comparison, compare, inProcess, rhythm } from "./comparison.ts";
import { messages, rsaSignature } from "./fixtures.ts";
import { hasLibopendkim, libopendkim } from "./libopendkim.ts";
import type { Measurement, Suite } from "./measurement.ts";

/** White space that changes at every third byte: the worst for a search that likes long runs. */
const alternation = Buffer.concat([
  Buffer.from("From: ada@example.com\r\n\r\n"),
  Buffer.alloc(1 << 20, " a \t"),
  Buffer.from("\r\n"),
]);

export const bodySuite: Suite = {
  name: "body",
  description: "large and crafted bodies",
  async run({ quick }) {
    const measurements: Measurement[] = [];
    for (const comparison of comparisons()) {
      measurements.push(await compare(comparison, rhythm(quick)));
    }
    return measurements;
  },
};

function comparisons(): Comparison[] {
  const body = messages["10 MB"].bytes;
  const limit = inProcess("SHA-256 alone", () => createHash("sha256").update(body).digest());
  const signer = createSigner(rsaSignature);
  return [
    {
      name: "relaxed and SHA-256, 10 MB",
      ours: hashed(body, "relaxed"),
      theirs: limit,
      floor: 0.8,
    },
    { name: "simple and SHA-256, 10 MB", ours: hashed(body, "simple"), theirs: limit, floor: 0 },
    ...(hasLibopendkim()
      ? [
          {
            name: "sign 1 MB of SP a SP HTAB",
            ours: inProcess("Mailseal", () => signer.sign(alternation).fields),
            theirs: libopendkim("sign", alternation),
            floor: 1,
          },
        ]
      : []),
  ];
}

function hashed(body: Uint8Array, canonicalization: "simple" | "relaxed") {
  return inProcess("Mailseal", () => hashBody(body, { canonicalization, hash: "sha256" }));
}
