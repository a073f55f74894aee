import { createPrivateKey, KeyObject } from "node:crypto";
import { argumentCheck, oneOf, optionsCheck, secret as secretRule, text } from "@mailseal/errors";
import { badOption, KeyError } from "../errors.ts";
import { loadWithForge } from "../forge/forge-library.ts";
import type { KeyType } from "../signing/algorithm.ts";
import { checkBrand } from "./brand.ts";
import { type KeyForm, readKeyForm } from "./key-form.ts";
import { makeAnother } from "./key-refusal.ts";
import { PrivateKey } from "./private-key.ts";

/** The options of `loadPrivateKey`. */
export interface LoadOptions {
  /** The passphrase of an encrypted PEM. */
  readonly passphrase?: string;
  /** The expected type; a key of another type is refused. */
  readonly type?: KeyType;
}

/** A private key that has not been loaded: text, bytes, or a `KeyObject` of `node:crypto`. */
export type KeyInput = string | Uint8Array | KeyObject;

const checkInput = argumentCheck(
  "input",
  secretRule({
    expected: "a private key as PEM, DER, base64, 32-octet seed or KeyObject",
    accepts: (it) => typeof it === "string" || it instanceof Uint8Array || it instanceof KeyObject,
  }),
  (message) => new KeyError("key-unreadable", message),
);

const checkOptions = optionsCheck<LoadOptions>(
  "options",
  { passphrase: secretRule(text), type: oneOf(["rsa", "ed25519"]) },
  badOption,
);

/**
 * Loads a private key. RSA from 512 to 8192 bits, and Ed25519, as
 * - PEM (PKCS#1, PKCS#8, either encrypted), also after certificates or public keys, and with line breaks that an
 *   environment variable has turned into literal `\n` or spaces
 * - DER of the same, or the base64 of DER or PEM, such as Momentum's `keybuf`
 * - a 32-octet Ed25519 seed, or the 64 octets of seed and public key that rspamd writes, raw, in base64 or base64url
 * - a `KeyObject`
 *
 * ```ts
 * const key = loadPrivateKey(process.env.DKIM_KEY ?? "");
 * ```
 *
 * Load a key once and keep the result: parsing costs about as much as a signature. Throws a `KeyError`, which names
 * the remedy.
 */
export function loadPrivateKey(input: KeyInput, options: LoadOptions = {}): PrivateKey {
  refuseOtherForms(input);
  // A loaded key of another major version, for example, has a message of its own.
  if (
    typeof input === "object" &&
    input !== null &&
    !(input instanceof KeyObject || input instanceof Uint8Array)
  ) {
    checkBrand(input, "PrivateKey");
  }
  checkInput(input);
  checkOptions(options);
  const key =
    input instanceof KeyObject
      ? new PrivateKey(checkPrivate(input))
      : loadForm(readKeyForm(input), options.passphrase);
  if (options.type !== undefined && key.type !== options.type) {
    throw new KeyError(
      "key-type",
      `expected a key of type ${options.type}, got one of type ${key.type}`,
    );
  }
  return key;
}

/** Forms of a key that other functions take: each has a short way to one that this one takes. */
function refuseOtherForms(input: unknown): void {
  const [form, remedy] = otherForm(input) ?? [];
  if (form === undefined) return;
  throw new KeyError(
    "key-unreadable",
    `input: expected a private key as PEM, DER, base64, 32-octet seed or KeyObject, got ${form}; ${remedy}`,
  );
}

function otherForm(input: unknown): readonly [form: string, remedy: string] | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  switch (Object.prototype.toString.call(input)) {
    case "[object ArrayBuffer]":
    case "[object SharedArrayBuffer]":
      return ["an ArrayBuffer", "give its bytes: new Uint8Array(key)"];
    case "[object String]":
      return ["an instance of String", "give its text: String(key)"];
    case "[object CryptoKey]":
      return ["a CryptoKey", "convert it: KeyObject.from(key), of node:crypto"];
  }
  return "kty" in input && typeof input.kty === "string"
    ? ["a JWK", 'convert it: createPrivateKey({ key, format: "jwk" }), of node:crypto']
    : undefined;
}

function checkPrivate(object: KeyObject): KeyObject {
  if (object.type !== "private") {
    throw new KeyError(
      "key-unreadable",
      `expected a private key, got a ${object.type} one; give the KeyObject that createPrivateKey returns`,
    );
  }
  return object;
}

function loadForm(form: KeyForm, passphrase: string | undefined): PrivateKey {
  const key = new PrivateKey(parse(form, passphrase));
  if (
    form.kind === "der" &&
    form.publicKey !== undefined &&
    !Buffer.from(key.publicKey.toRecordBytes()).equals(form.publicKey)
  ) {
    throw new KeyError(
      "key-unreadable",
      `expected an Ed25519 seed and its public key, got 64 octets whose second half belongs to another key; ${makeAnother}`,
    );
  }
  return key;
}

function parse(form: KeyForm, passphrase: string | undefined): KeyObject {
  if (form.encrypted && passphrase === undefined) {
    throw new KeyError("key-encrypted", "the private key is encrypted: give its passphrase");
  }
  const object = parseWithNode(form, passphrase) ?? loadWithForge(form, passphrase);
  if (object !== undefined) {
    return object;
  }
  throw form.encrypted
    ? new KeyError(
        "passphrase-wrong",
        "the private key cannot be decrypted: is the passphrase right?",
      )
    : new KeyError(
        "key-unreadable",
        `expected an RSA or Ed25519 private key, got something that is damaged and cannot be read as one; restore it from a backup, or ${makeAnother}`,
      );
}

function parseWithNode(form: KeyForm, passphrase: string | undefined): KeyObject | undefined {
  const secret = passphrase === undefined ? {} : { passphrase };
  if (form.kind === "pem") {
    return attempt(() => createPrivateKey({ key: form.pem, ...secret }));
  }
  const key = Buffer.from(form.der);
  return (
    attempt(() => createPrivateKey({ key, format: "der", type: "pkcs8", ...secret })) ??
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
