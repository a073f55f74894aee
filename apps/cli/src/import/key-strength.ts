import { KeyError, loadPrivateKey } from "@mailseal/crypto";
import { whyUnreadable } from "../files/input.ts";
import type { ImportAccount, Place } from "./account.ts";
import type { ReadText, Section } from "./imported-config.ts";

const defaultBits = 2048;
const leastBits = 512;

/**
 * The options that a signature needs for its key: `minimumRsaBits` for an RSA key that is shorter than our default. Warns
 * about such a key, and about a key that cannot be read, on which `config check` will fail.
 *
 * A `key` with `%{d}` cannot be checked.
 */
export function keyOptions(
  { key, keyText }: { readonly key?: string | undefined; readonly keyText?: string | undefined },
  place: Place,
  account: ImportAccount,
  readText: ReadText,
): Section {
  if (keyText === undefined && (key === undefined || key.includes("%{"))) return {};
  const name = keyText === undefined ? key : "the key in the table";
  try {
    const { type, bits } = loadPrivateKey(keyText ?? readText(key ?? ""));
    if (type !== "rsa" || bits >= defaultBits) return {};
    account.warn(
      place,
      bits < leastBits
        ? `${name} has ${bits} bits and cannot sign, because receivers refuse keys below 1024 bits; replace it with mailseal rotate start`
        : `${name} has ${bits} bits, so minimumRsaBits is set to ${bits}; replace the key with one of 2048 bits: mailseal rotate start`,
    );
    return { minimumRsaBits: Math.max(bits, leastBits) };
  } catch (error) {
    const reason = error instanceof KeyError ? error.message : whyUnreadable(error);
    account.warn(place, `${name} cannot be used: ${reason}; config check will fail until it can`);
    return {};
  }
}
