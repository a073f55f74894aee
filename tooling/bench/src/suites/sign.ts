import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import DKIM, { type DKIMOptions } from "nodemailer/lib/dkim";
import {
  domain,
  ed25519Key,
  ed25519Signature,
  type LoadedSignature,
  messages,
  rsaKey,
  rsaSignature,
} from "../fixtures.ts";
import { againstLibopendkim } from "../libopendkim.ts";
import {
  type Comparison,
  comparisonSuite,
  inProcess,
  inProcessAsync,
} from "../measuring/comparison.ts";
import type { Suite } from "../measuring/measurement.ts";

const rsaObject = createPrivateKey(rsaKey.toPem());
const ed25519Object = createPrivateKey(ed25519Key.toPem());
/** About the size of the header text that is signed. */
const signedText = createPublicKey(rsaObject).export({ type: "spki", format: "der" });
const digest = signedText.subarray(0, 32);

export const signSuite: Suite = comparisonSuite(
  "sign",
  "signatures per second, relaxed/relaxed",
  comparisons,
);

function comparisons(): Comparison[] {
  const two = messages["2 KB"].bytes;
  const large = messages["10 MB"].bytes;
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
    // No signer can be faster: this is the arithmetic alone, with nothing read, hashed or written.
    {
      name: "upper bound: node:crypto alone",
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
    { name: "upper bound: node:crypto alone", ours: rsaLimit, theirs: nodemailer(two), floor: 0 },
    ...againstLibopendkim("sign", [
      { name: "RSA-2048, 2 KB", message: two, ours: ours(two, rsaSignature), floor: 0 },
      { name: "RSA-2048, 10 MB", message: large, ours: ours(large, rsaSignature), floor: 5 },
    ]),
  ];
}

function ours(message: Uint8Array, ...signatures: readonly SignatureOptions[]) {
  const signer = createSigner(signatures);
  return inProcess("Mailseal", () => signer.sign(message).fields);
}

function mailauth(message: Uint8Array, { selector, key }: LoadedSignature) {
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
  return inProcessAsync("nodemailer with a parsed key", () => nodemailerSign(message));
}

/** nodemailer takes a parsed key, although its types do not say so. */
async function nodemailerSign(message: Uint8Array): Promise<number> {
  const options = {
    domainName: domain,
    keySelector: "rsa",
    privateKey: rsaObject,
  } as unknown as DKIMOptions;
  let size = 0;
  for await (const chunk of new DKIM(options).sign(Buffer.from(message))) {
    size += (chunk as Uint8Array).length;
  }
  return size;
}
