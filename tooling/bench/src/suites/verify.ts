import { createPublicKey, sign, verify as verifyAlone, createPrivateKey } from "node:crypto";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { verify } from "@mailseal/verifier";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { ed25519Signature, keys, messages, records, rsaKey, rsaSignature } from "../fixtures.ts";
import { againstLibopendkim } from "../libopendkim.ts";
import {
  type Comparison,
  comparisonSuite,
  inProcess,
  inProcessAsync,
} from "../measuring/comparison.ts";
import type { Suite } from "../measuring/measurement.ts";

const rsaObject = createPrivateKey(rsaKey.toPem());
const rsaPublic = createPublicKey(rsaObject);
const signedText = rsaPublic.export({ type: "spki", format: "der" });
const signature = sign("sha256", signedText, rsaObject);

export const verifySuite: Suite = comparisonSuite(
  "verify",
  "messages verified per second, relaxed/relaxed, with the key cached",
  comparisons,
);

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
    ...againstLibopendkim("verify", [
      { name: "RSA-2048, 2 KB", message: two, ours: ours(two), floor: 2.5 },
      { name: "RSA-2048, 20 KB", message: twenty, ours: ours(twenty), floor: 2.5 },
    ]),
    { name: "RSA-2048, 2 KB", ours: ours(two), theirs: mailauth(two), floor: 10 },
    // No verifier that uses verify() of node:crypto can be faster.
    { name: "upper bound: node:crypto alone", ours: limit, theirs: mailauth(two), floor: 0 },
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
