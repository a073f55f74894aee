import { KeyError } from "../errors.ts";
import { derTag, readSequence } from "./der.ts";

/** A private key before it is parsed. */
export type KeyForm =
  | { readonly kind: "pem"; readonly pem: string; readonly encrypted: boolean }
  | { readonly kind: "der"; readonly der: Uint8Array };

const maxKeyBytes = 64 * 1024;
const seedOctets = 32;
/** The octets before the seed in a PKCS#8 Ed25519 key (RFC 8410 7). */
const seedPrefix: Buffer = Buffer.from("302e020100300506032b657004220420", "hex");
const ecOid: Buffer = Buffer.from("2a8648ce3d0201", "hex");

/** Detects the form of a private key. Throws a `KeyError` for anything that is not a private key. */
export function readKeyForm(input: string | Uint8Array): KeyForm {
  if (input.length > maxKeyBytes) {
    throw new KeyError(
      "key-unreadable",
      `expected a private key of at most ${maxKeyBytes} bytes, got ${input.length}`,
    );
  }
  if (typeof input !== "string") {
    if (input.length === seedOctets) {
      return fromSeed(input);
    }
    if (readSequence(input, 16) !== undefined) {
      return fromDer(input);
    }
  }
  const text = typeof input === "string" ? input : Buffer.from(input).toString("latin1");
  return text.includes("-----BEGIN") ? fromPem(text) : fromBase64(text);
}

function fromPem(text: string): KeyForm {
  const begin = text.indexOf("-----BEGIN");
  const pem = text.slice(begin).replaceAll(/\r\n?/g, "\n");
  const label = /^-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(pem)?.[1] ?? "";
  if (label === "EC PARAMETERS" || label === "EC PRIVATE KEY" || label === "DSA PRIVATE KEY") {
    throw new KeyError(
      "key-type",
      `expected a key of type RSA or Ed25519, got a PEM of "${label}"`,
    );
  }
  if (!label.endsWith("PRIVATE KEY")) {
    throw new KeyError("key-unreadable", `expected a private key, got a PEM of "${label}"`);
  }
  if (!pem.includes("-----END")) {
    throw new KeyError(
      "key-unreadable",
      "expected a whole private key, got a PEM without its END line; was it written to the end?",
    );
  }
  const encrypted = label.startsWith("ENCRYPTED") || /^Proc-Type: *4, *ENCRYPTED/m.test(pem);
  return { kind: "pem", pem, encrypted };
}

function fromBase64(text: string): KeyForm {
  const compact = text.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    throw new KeyError(
      "key-unreadable",
      "expected a private key as PEM, DER, base64 or 32-octet seed, got none of these",
    );
  }
  const bytes = Buffer.from(compact, "base64");
  return bytes.length === seedOctets ? fromSeed(bytes) : fromDer(bytes);
}

function fromSeed(seed: Uint8Array): KeyForm {
  return { kind: "der", der: Buffer.concat([seedPrefix, seed]) };
}

/** Two common mistakes get a message of their own, which OpenSSL lacks. */
function fromDer(der: Uint8Array): KeyForm {
  const parts = readSequence(der, 16);
  const [first, second] = parts ?? [];
  if (parts?.length === 2 && first?.tag === derTag.sequence && second?.tag === derTag.bitString) {
    throw new KeyError("key-unreadable", "expected a private key, got a public one");
  }
  if (
    second?.tag === derTag.sequence &&
    Buffer.from(der).subarray(second.start, second.end).includes(ecOid)
  ) {
    throw new KeyError(
      "key-type",
      "expected a key of type RSA or Ed25519, got an elliptic-curve one",
    );
  }
  return { kind: "der", der };
}
