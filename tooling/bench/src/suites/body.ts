import { createHash } from "node:crypto";
import { hashBody } from "@mailseal/canonicalization";
import { createSigner } from "@mailseal/signer";
import { messages, rsaSignature } from "../fixtures.ts";
import { againstLibopendkim } from "../libopendkim.ts";
import { type Comparison, comparisonSuite, inProcess } from "../measuring/comparison.ts";
import type { Suite } from "../measuring/measurement.ts";

/** White space that changes at every third byte: the worst case for a search that skips long runs. */
const alternation = Buffer.concat([
  Buffer.from("From: ada@example.com\r\n\r\n"),
  Buffer.alloc(1 << 20, " a \t"),
  Buffer.from("\r\n"),
]);

export const bodySuite: Suite = comparisonSuite("body", "large and crafted bodies", comparisons);

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
    ...againstLibopendkim("sign", [
      {
        name: "sign 1 MB of SP a SP HTAB",
        message: alternation,
        ours: inProcess("Mailseal", () => signer.sign(alternation).fields),
        floor: 1,
      },
    ]),
  ];
}

function hashed(body: Uint8Array, canonicalization: "simple" | "relaxed") {
  return inProcess("Mailseal", () => hashBody(body, { canonicalization, hash: "sha256" }));
}
