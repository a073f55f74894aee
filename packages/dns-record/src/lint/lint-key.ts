import { isKeyType, KeyError, loadPrivateKey, type PublicKey } from "@mailseal/crypto";
import { readPublicKey } from "../record/key-candidate.ts";
import type { KeyRecord } from "../record/key-record.ts";
import type { Advice } from "./advice.ts";

const ED25519_OCTETS = 32;

/** Advice on the key itself: whether it can be read, matches k=, and is strong enough. */
export function lintKey({ keyType, publicKey: bytes }: KeyRecord): readonly Advice[] {
  if (bytes.length === 0) {
    return [
      {
        level: "warning",
        code: "revoked",
        message: "The key is revoked: p= is empty.",
        advice:
          "If you revoked the key on purpose, keep the record. Otherwise publish the key in p=.",
      },
    ];
  }
  if (isPrivateKey(bytes)) return [privateKeyPublished];
  if (!isKeyType(keyType)) {
    return [
      {
        level: "error",
        code: "unknown-key-type",
        message: `Receivers do not know the key type k=${keyType.slice(0, 40)}.`,
        advice: "Write k=rsa or k=ed25519, in lower case.",
      },
    ];
  }
  const read = readPublicKey(bytes, keyType);
  if ("publicKey" in read) {
    return keyType === "rsa" ? lintRsa(read.publicKey, bytes) : lintEd25519(bytes);
  }
  const other = keyType === "rsa" ? "ed25519" : "rsa";
  if ("publicKey" in readPublicKey(bytes, other)) {
    return [
      {
        level: "error",
        code: "key-type-wrong",
        message: `p= holds a key of type ${other}, but k= ${keyType === "rsa" ? "is or defaults to" : "is"} ${keyType}.`,
        advice: `Write k=${other}.`,
      },
    ];
  }
  return [
    {
      level: "error",
      code: "key-unusable",
      message: `The key in p= cannot be used: ${read.keyProblem.reason}.`,
      advice: "Publish the key again; if that does not help, make a new one under a new selector.",
    },
  ];
}

/** The most serious fault of a record; it is reported before any other. */
export const privateKeyPublished: Advice = {
  level: "error",
  code: "private-key",
  message: "THE PRIVATE KEY IS PUBLISHED in p=: anyone can sign mail as this domain.",
  advice:
    "Remove the record now, make a new key under a new selector, and publish its public key. This key must never be used again.",
};

/** A bare Ed25519 seed cannot be distinguished from a public key: both are any 32 octets. */
function isPrivateKey(bytes: Uint8Array): boolean {
  return bytes.length !== ED25519_OCTETS && loads(bytes);
}

function loads(bytes: Uint8Array): boolean {
  try {
    loadPrivateKey(bytes);
    return true;
  } catch (error) {
    return error instanceof KeyError && error.code === "key-encrypted";
  }
}

function lintRsa(key: PublicKey, bytes: Uint8Array): readonly Advice[] {
  const advice: Advice[] = [...lintBits(key.bits)];
  if (Buffer.from(key.toPkcs1()).equals(bytes)) {
    advice.push({
      level: "note",
      code: "key-pkcs1",
      message: "The key is a bare RSAPublicKey (PKCS#1) instead of the usual SubjectPublicKeyInfo.",
      advice: "Publish the usual form: receivers should read both, but some may not.",
    });
  }
  return advice;
}

function lintBits(bits: number): readonly Advice[] {
  if (bits < 1024) {
    return [
      {
        level: "error",
        code: "key-too-short",
        message: `The RSA key has ${bits} bits; receivers refuse keys below 1024 (RFC 8301 3.2).`,
        advice: "Make a new key of 2048 bits, under a new selector.",
      },
    ];
  }
  if (bits < 2048) {
    return [
      {
        level: "warning",
        code: "key-short",
        message: `The RSA key has ${bits} bits; signers should use at least 2048 (RFC 8301 3.2).`,
        advice: "Make a new key of 2048 bits, under a new selector.",
      },
    ];
  }
  if (bits > 4096) {
    return [
      {
        level: "note",
        code: "key-long",
        message: `The RSA key has ${bits} bits; receivers need not accept keys above 4096, and DNS answers of this size often fail over UDP.`,
        advice: "Use a key of 2048 bits, and add an Ed25519 key if you need more strength.",
      },
    ];
  }
  return [];
}

function lintEd25519(bytes: Uint8Array): readonly Advice[] {
  if (bytes.length === ED25519_OCTETS) return [];
  return [
    {
      level: "warning",
      code: "key-not-raw",
      message: `The Ed25519 key is wrapped in ${bytes.length} octets; many receivers expect only its ${ED25519_OCTETS} octets and refuse it.`,
      advice: "Publish only the 32 octets of the key in p= (RFC 8463 4).",
    },
  ];
}
