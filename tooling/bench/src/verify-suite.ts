import { createPublicKey, sign, verify as verifyAlone, createPrivateKey } from "node:crypto";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { verify } from "@mailseal/verifier";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { type Comparison, compare, inProcess, inProcessAsync, rhythm } from "./comparison.ts";
import { ed25519Signature, keys, messages, records, rsaKey, rsaSignature } from "./fixtures.ts";
import { hasLibopendkim, libopendkim } from "./libopendkim.ts";
import type { Measurement, Suite } from "./measurement.ts";

const rsaObject = createPrivateKey(rsaKey.toPem());
const rsaPublic = createPublicKey(rsaObject);
const signedText = rsaPublic.export({ type: "spki", format: "der" });
const signature = sign("sha256", signedText, rsaObject);

export const verifySuite: Suite = {
  name: "verify",
  description: "messages verified a second, relaxed/relaxed, the key cached",
  async run({ quick }) {
    const measurements: Measurement[] = [];
    for (const comparison of comparisons()) {
      measurements.push(await compare(comparison, rhythm(quick)));
    }
    return measurements;
  },
};

function comparisons(): Comparison[] {
  const two = signed(messages["2 KB"].bytes, rsaSignature);
  const twenty = signed(messages["20 KB"].bytes, rsaSignature);
  const limit = inProcess("node:crypto verify alone", () =>
    verifyAlone("sha256", signedText, rsaPublic, signature),
  );
  const four = signed(two, rsaSignature, ed25519Signature, {
    ...rsaSignature,
    identity: "@a.example.com",
  });
  return [
    ...(hasLibopendkim()
      ? [
          {
            name: "RSA-2048, 2 KB",
            ours: ours(two),
            theirs: libopendkim("verify", two),
            floor: 2.5,
          },
          {
            name: "RSA-2048, 20 KB",
            ours: ours(twenty),
            theirs: libopendkim("verify", twenty),
            floor: 2.5,
          },
        ]
      : []),
    { name: "RSA-2048, 2 KB", ours: ours(two), theirs: mailauth(two), floor: 10 },
    // What no verifier that leaves the arithmetic to node:crypto's verify can pass.
    { name: "the limit: node:crypto alone", ours: limit, theirs: mailauth(two), floor: 0 },
    { name: "4 signatures, 2 KB", ours: ours(four), theirs: mailauth(four), floor: 0 },
  ];
}

function signed(message: Uint8Array, ...signatures: readonly SignatureOptions[]): Uint8Array {
  return createSigner(signatures).sign(message).toBytes();
}

function ours(message: Uint8Array) {
  return inProcessAsync("Mailseal", () => verify(message, { keys }));
}

function mailauth(message: Uint8Array) {
  const bytes = Buffer.from(message);
  return inProcessAsync("mailauth", () => dkimVerify(bytes, { resolver }));
}

async function resolver(name: string): Promise<string[][]> {
  return [[records.get(name.toLowerCase()) ?? ""]];
}
