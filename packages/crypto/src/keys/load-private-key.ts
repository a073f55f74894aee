import { createPrivateKey, KeyObject } from "node:crypto";
import { KeyError } from "../errors.ts";
import { loadWithForge } from "../forge/forge-library.ts";
import type { KeyType } from "../signing/algorithm.ts";
import { type KeyForm, readKeyForm } from "./key-form.ts";
import { PrivateKey } from "./private-key.ts";

export interface LoadOptions {
  /** The passphrase of an encrypted PEM. */
  readonly passphrase?: string;
  /** The expected type; a key of another type is refused. */
  readonly type?: KeyType;
}

/**
 * Loads a private key: PEM (PKCS#1, PKCS#8, either encrypted), DER of the same, the bare base64 of a DER key
 * without BEGIN and END (Momentum's `keybuf`), a raw 32-octet Ed25519 seed or its base64, or a `KeyObject`.
 * RSA from 512 to 8192 bits, and Ed25519.
 *
 * Load a key once and keep the result: parsing costs about as much as a signature. Throws a `KeyError`.
 */
export function loadPrivateKey(
  input: string | Uint8Array | KeyObject,
  options: LoadOptions = {},
): PrivateKey {
  const key = new PrivateKey(
    input instanceof KeyObject
      ? checkPrivate(input)
      : parse(readKeyForm(input), options.passphrase),
  );
  if (options.type !== undefined && key.type !== options.type) {
    throw new KeyError(
      "key-type",
      `expected a key of type ${options.type}, got one of type ${key.type}`,
    );
  }
  return key;
}

function checkPrivate(object: KeyObject): KeyObject {
  if (object.type !== "private") {
    throw new KeyError("key-unreadable", `expected a private key, got a ${object.type} one`);
  }
  return object;
}

function parse(form: KeyForm, passphrase: string | undefined): KeyObject {
  if (form.kind === "pem" && form.encrypted && passphrase === undefined) {
    throw new KeyError("key-encrypted", "the private key is encrypted: give its passphrase");
  }
  const object = parseWithNode(form, passphrase) ?? loadWithForge(form, passphrase);
  if (object !== undefined) {
    return object;
  }
  throw form.kind === "pem" && form.encrypted
    ? new KeyError(
        "passphrase-wrong",
        "the private key cannot be decrypted: is the passphrase right?",
      )
    : new KeyError(
        "key-unreadable",
        "expected an RSA or Ed25519 private key as PEM, DER, base64 or 32-octet seed, got something that cannot be read as one",
      );
}

function parseWithNode(form: KeyForm, passphrase: string | undefined): KeyObject | undefined {
  if (form.kind === "pem") {
    return attempt(() =>
      createPrivateKey({ key: form.pem, ...(passphrase === undefined ? {} : { passphrase }) }),
    );
  }
  const key = Buffer.from(form.der);
  return (
    attempt(() => createPrivateKey({ key, format: "der", type: "pkcs8" })) ??
    attempt(() => createPrivateKey({ key, format: "der", type: "pkcs1" }))
  );
}

/** OpenSSL's errors are dropped: they explain little, and they must not leak parts of a key. */
function attempt(load: () => KeyObject): KeyObject | undefined {
  try {
    return load();
  } catch {
    return undefined;
  }
}
