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
        advice: "Leave it if the key was revoked on purpose; otherwise publish the key in p=.",
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
        message: `p= holds a key of type ${other}, and k= ${keyType === "rsa" ? "says or defaults to" : "says"} ${keyType}.`,
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

/** The gravest fault that a record can have; it is reported before any other. */
export const privateKeyPublished: Advice = {
  level: "error",
  code: "private-key",
  message: "THE PRIVATE KEY IS PUBLISHED in p=: anyone can sign mail as this domain.",
  advice:
    "Remove the record now, make a new key under a new selector, and publish its public key. This key must never be used again.",
};

/** A bare Ed25519 seed cannot be distinguished from a public key: both are any 32 octets. */
function isPrivateKey(bytes: Uint8Array): boolean {
  if (bytes.length === ED25519_OCTETS) return false;
  return loads(bytes) || isSeedAndPublicKey(bytes);
}

/** A private key in libsodium's form: the seed, followed by its public key. */
function isSeedAndPublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== 2 * ED25519_OCTETS) return false;
  const { publicKey } = loadPrivateKey(bytes.subarray(0, ED25519_OCTETS));
  return Buffer.from(publicKey.toRecordBytes()).equals(bytes.subarray(ED25519_OCTETS));
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
      message: "The key is a bare RSAPublicKey (PKCS#1) and not, as usual, a SubjectPublicKeyInfo.",
      advice: "Receivers should read both; publish the usual form to be sure.",
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
        message: `The RSA key has ${bits} bits; receivers need not read keys above 4096, and DNS answers this large often fail over UDP.`,
        advice: "Use 2048 bits, or Ed25519 beside it, unless there is a reason not to.",
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
      message: `The Ed25519 key is wrapped in ${bytes.length} octets; many receivers expect its bare ${ED25519_OCTETS} and refuse it, others read it.`,
      advice: "Publish the 32 octets of the key alone in p= (RFC 8463 4).",
    },
  ];
}
