import { received } from "@mailseal/errors";
import { badOption, KeyError } from "../errors.ts";

/**
 * The major version of this package. A tree of packages can hold several copies of it, each with classes of its own;
 * a copy takes the keys of every other copy with this number as its own.
 */
const majorVersion = 0;

type KeyClass = "PrivateKey" | "PublicKey";

/** The property, the same in every copy, that marks a key. Its value is the major version, never a part of the key. */
function brandOf(keyClass: KeyClass): symbol {
  return Symbol.for(`@mailseal/crypto/${keyClass}`);
}

/** Marks the keys of a class. */
export function brand(prototype: object, keyClass: KeyClass): void {
  Object.defineProperty(prototype, brandOf(keyClass), { value: majorVersion });
}

/** Whether a value is marked as a key of this major version, whichever copy made it. */
export function isBranded(value: unknown, keyClass: KeyClass): boolean {
  return versionOf(value, keyClass) === majorVersion;
}

/** Throws a `KeyError` "key-version" for a key of another major version, and "bad-option" for anything else that is no key. */
export function checkBrand(value: unknown, keyClass: KeyClass): void {
  const version = versionOf(value, keyClass);
  if (version === majorVersion) return;
  if (typeof version === "number") {
    throw new KeyError(
      "key-version",
      `expected a ${keyClass} of @mailseal/crypto ${majorVersion}.x, got one of ${version}.x: both versions are installed; find out why with "npm ls @mailseal/crypto", and install one`,
    );
  }
  throw notAKey(value, keyClass);
}

/** The error for what only looks like a key. */
export function notAKey(value: unknown, keyClass: KeyClass): KeyError {
  return badOption(
    `key: expected a ${keyClass} that was made by @mailseal/crypto, got ${received(value)}`,
  );
}

function versionOf(value: unknown, keyClass: KeyClass): unknown {
  return typeof value === "object" && value !== null
    ? Reflect.get(value, brandOf(keyClass))
    : undefined;
}
