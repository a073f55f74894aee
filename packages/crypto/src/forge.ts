/**
 * `@mailseal/crypto/forge`: the same arithmetic in JavaScript, by node-forge. It is about eighty times slower
 * than `node:crypto`. Use it for a second opinion, or if OpenSSL is not available.
 */
import { type Forge, forgeLibrary } from "./forge/forge-library.ts";
import type { AlgorithmName, HashName } from "./signing/algorithm.ts";
import { digestInfoPrefix } from "./signing/digest-info.ts";
import type { Engine } from "./signing/engine.ts";
import type { IncrementalHash } from "./signing/hashing.ts";
import { checkType, descriptor } from "./signing/signing.ts";

type Digest = ReturnType<Forge["md"][HashName]["create"]>;

const seedOctets = 32;

/**
 * node-forge as an engine, with the same signatures and verdicts as `nodeEngine`.
 *
 * ```ts
 * import { forgeEngine } from "@mailseal/crypto/forge";
 *
 * forgeEngine.verify("rsa-sha256", publicKey, text, signature); // the same verdict, later
 * ```
 */
export const forgeEngine: Engine = {
  sign(name, key, signedText) {
    checkType(descriptor(name), key);
    const { pki } = forgeLibrary();
    const digest = digestOf(name, signedText);
    if (key.type === "rsa") {
      return fromBinary(pki.privateKeyFromPem(key.toPem()).sign(digest));
    }
    const der = Buffer.from(key.toPem().replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    const { privateKey } = pki.ed25519.generateKeyPair({ seed: der.subarray(-seedOctets) });
    return pki.ed25519.sign({
      message: digest.digest().getBytes(),
      encoding: "binary",
      privateKey,
    });
  },
  verify(name, key, signedText, signature) {
    checkType(descriptor(name), key);
    const { asn1, pki, util } = forgeLibrary();
    const digest = digestOf(name, signedText);
    try {
      if (key.type === "rsa") {
        const spki = asn1.fromDer(util.createBuffer(toBinary(key.toSpki())));
        const rsa = pki.publicKeyFromAsn1(spki) as ReturnType<typeof pki.setRsaPublicKey>;
        // RFC 8017 8.2.2: a signature has the length of the modulus, and contains exactly the DigestInfo that the text encodes to. node-forge alone would accept shorter signatures and other encodings.
        return (
          signature.length === Math.ceil(key.bits / 8) &&
          rsa.verify(digestInfoOf(name, digest), toBinary(signature), "NONE")
        );
      }
      return pki.ed25519.verify({
        message: digest.digest().getBytes(),
        encoding: "binary",
        signature: Buffer.from(signature),
        publicKey: Buffer.from(key.toRecordBytes()),
      });
    } catch {
      return false;
    }
  },
  hash(name, bytes) {
    const hash = forgeEngine.createHash(name);
    hash.update(bytes);
    return hash.digest();
  },
  createHash(name): IncrementalHash {
    const digest = newDigest(name);
    return {
      update(bytes) {
        digest.update(toBinary(bytes));
      },
      digest: () => fromBinary(digest.digest().getBytes()),
    };
  },
};

function digestInfoOf(name: AlgorithmName, digest: Digest): string {
  return digestInfoPrefix(descriptor(name)) + digest.digest().getBytes();
}

function newDigest(name: HashName): Digest {
  return forgeLibrary().md[name].create();
}

function digestOf(name: AlgorithmName, signedText: Uint8Array): Digest {
  const digest = newDigest(descriptor(name).hash);
  digest.update(toBinary(signedText));
  return digest;
}

/** node-forge represents bytes as strings with one character per byte. */
function toBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function fromBinary(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}
