import { KeyError } from "../errors.ts";
import { derTag, readSequence } from "./der.ts";
import { refuseDer, refusePem, refuseText, type Text } from "./key-refusal.ts";
import { isEncryptedPem, pemBlocks } from "./pem.ts";

/** A private key before it is parsed. */
export type KeyForm =
  | { readonly kind: "pem"; readonly pem: string; readonly encrypted: boolean }
  | DerForm;

interface DerForm {
  readonly kind: "der";
  readonly der: Uint8Array;
  readonly encrypted: boolean;
  /** The Ed25519 public key that the private one came with, and that must belong to it. */
  readonly publicKey?: Uint8Array;
}

const maxKeyBytes = 64 * 1024;
const seedOctets = 32;
const keyPairOctets = 64;
const maxDerParts = 16;
/** The octets before the seed in a PKCS#8 Ed25519 key (RFC 8410 7). */
const seedPrefix: Buffer = Buffer.from("302e020100300506032b657004220420", "hex");

/** Detects the form of a private key. Throws a `KeyError` with the remedy for anything that is not a private key. */
export function readKeyForm(input: string | Uint8Array): KeyForm {
  if (input.length > maxKeyBytes) {
    throw new KeyError(
      "key-unreadable",
      `expected a private key of at most ${maxKeyBytes} bytes, got ${input.length}; give the key file alone`,
    );
  }
  if (typeof input === "string") return fromText({ text: input, from: "text" });
  const text = Buffer.from(input).toString("latin1");
  return fromOctets(input) ?? fromText({ text, from: "octets" });
}

/** Undefined if the octets may be text. */
function fromOctets(octets: Uint8Array): KeyForm | undefined {
  if (octets.length === seedOctets) return fromSeed(octets);
  if (octets.length === keyPairOctets && !isPrintable(octets)) return fromKeyPair(octets);
  return readSequence(octets, maxDerParts) === undefined ? undefined : fromDer(octets);
}

function fromText(given: Text): KeyForm {
  return given.text.includes("-----BEGIN") ? fromPem(given.text) : fromBase64(given);
}

function fromPem(text: string): KeyForm {
  const blocks = pemBlocks(text);
  const block = blocks.find(({ label }) => isLoadable(label));
  if (block === undefined) {
    const closest = blocks.find(({ label }) => isPrivate(label)) ?? blocks[0];
    refusePem(closest?.label ?? "");
  }
  if (!block.isComplete) {
    throw new KeyError(
      "key-unreadable",
      "expected a whole private key, got a PEM without its END line; was it written to the end?",
    );
  }
  return { kind: "pem", pem: block.pem, encrypted: isEncryptedPem(block) };
}

function isLoadable(label: string): boolean {
  return isPrivate(label) && !/^(?:EC|DSA|OPENSSH) /.test(label);
}

function isPrivate(label: string): boolean {
  return label.endsWith("PRIVATE KEY");
}

/** Base64 or base64url, of anything that can be given as bytes, and of a PEM, as secret stores keep it. */
function fromBase64(given: Text): KeyForm {
  // An environment variable may have quotes, and line breaks that are literal \n.
  const compact = given.text.replaceAll(/[\s"']|\\+[rn]/g, "");
  if (!/^[\w+/-]+={0,2}$/.test(compact)) refuseText(given);
  const octets = Buffer.from(compact, "base64");
  const form = fromOctets(octets);
  if (form !== undefined) return form;
  const inner = octets.toString("latin1");
  if (inner.includes("-----BEGIN")) return fromPem(inner);
  // node-forge reads some ASN.1 that is not quite DER.
  if (octets[0] === derTag.sequence) return fromDer(octets);
  refuseText(given);
}

function fromSeed(seed: Uint8Array): DerForm {
  return { kind: "der", der: Buffer.concat([seedPrefix, seed]), encrypted: false };
}

/** The secret key of libsodium, which rspamd writes: the seed, then the public key. */
function fromKeyPair(octets: Uint8Array): KeyForm {
  return { ...fromSeed(octets.subarray(0, seedOctets)), publicKey: octets.subarray(seedOctets) };
}

function fromDer(der: Uint8Array): KeyForm {
  return { kind: "der", der, encrypted: refuseDer(der) === "encrypted" };
}

function isPrintable(octets: Uint8Array): boolean {
  return octets.every((octet) => octet < 0x80 && octet >= 0x09);
}
