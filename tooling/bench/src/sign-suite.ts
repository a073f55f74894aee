import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import { type Comparison, compare, inProcess, inProcessAsync, rhythm } from "./comparison.ts";
import {
  domain,
  ed25519Key,
  ed25519Signature,
  messages,
  rsaKey,
  rsaSignature,
} from "./fixtures.ts";
import { hasLibopendkim, libopendkim } from "./libopendkim.ts";
import type { Measurement, Suite } from "./measurement.ts";
import { nodemailerSign } from "./nodemailer.ts";

const rsaObject = createPrivateKey(rsaKey.toPem());
const ed25519Object = createPrivateKey(ed25519Key.toPem());
/** About the size of the header text that is signed. */
const signedText = createPublicKey(rsaObject).export({ type: "spki", format: "der" });
const digest = signedText.subarray(0, 32);

export const signSuite: Suite = {
  name: "sign",
  description: "signatures a second, relaxed/relaxed unless said",
  async run({ quick }) {
    const measurements: Measurement[] = [];
    for (const comparison of comparisons()) {
      measurements.push(await compare(comparison, rhythm(quick)));
    }
    return measurements;
  },
};

function comparisons(): Comparison[] {
  const two = messages["2 KB"].bytes;
  const rsaLimit = inProcess("node:crypto sign alone", () => sign("sha256", signedText, rsaObject));
  const edLimit = inProcess("node:crypto sign alone", () => sign(null, digest, ed25519Object));
  return [
    { name: "RSA-2048, 2 KB", ours: ours(two, rsaSignature), theirs: rsaLimit, floor: 0.93 },
    { name: "Ed25519, 2 KB", ours: ours(two, ed25519Signature), theirs: edLimit, floor: 0.7 },
    {
      name: "RSA-2048, 2 KB",
      ours: ours(two, rsaSignature),
      theirs: mailauth(two, rsaSignature),
      floor: 3,
    },
    // What no signer can pass: the arithmetic alone, with nothing read, hashed or written.
    {
      name: "the limit: node:crypto alone",
      ours: rsaLimit,
      theirs: mailauth(two, rsaSignature),
      floor: 0,
    },
    {
      name: "Ed25519, 2 KB",
      ours: ours(two, ed25519Signature),
      theirs: mailauth(two, ed25519Signature),
      floor: 3,
    },
    { name: "RSA-2048, 2 KB", ours: ours(two, rsaSignature), theirs: nodemailer(two), floor: 1.6 },
    { name: "the limit: node:crypto alone", ours: rsaLimit, theirs: nodemailer(two), floor: 0 },
    ...(hasLibopendkim()
      ? [
          {
            name: "RSA-2048, 2 KB",
            ours: ours(two, rsaSignature),
            theirs: libopendkim("sign", two),
            floor: 0,
          },
          {
            name: "RSA-2048, 10 MB",
            ours: ours(messages["10 MB"].bytes, rsaSignature),
            theirs: libopendkim("sign", messages["10 MB"].bytes),
            floor: 5,
          },
        ]
      : []),
  ];
}

function ours(message: Uint8Array, ...signatures: readonly SignatureOptions[]) {
  const signer = createSigner(signatures);
  return inProcess("Mailseal", () => signer.sign(message).fields);
}

function mailauth(message: Uint8Array, { selector, key }: SignatureOptions) {
  const bytes = Buffer.from(message);
  const options = {
    signingDomain: domain,
    selector,
    privateKey: key.toPem(),
    algorithm: `${key.type}-sha256`,
    canonicalization: "relaxed/relaxed",
  };
  return inProcessAsync("mailauth", () =>
    dkimSign(bytes, { ...options, signatureData: [options] }),
  );
}

function nodemailer(message: Uint8Array) {
  return inProcessAsync("nodemailer with a ready key", () => nodemailerSign(message, rsaObject));
}
