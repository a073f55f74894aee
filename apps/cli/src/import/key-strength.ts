import { KeyError, loadPrivateKey } from "@mailseal/crypto";
import { whyUnreadable } from "../files/input.ts";
import type { ImportAccount, Place } from "./account.ts";
import type { ReadText, Section } from "./imported-config.ts";

const usualBits = 2048;
const leastBits = 512;

/**
 * What a signature has to say for a key to be used: `minimumRsaBits` for an RSA key that is shorter than
 * our default. Warns of such a key, and of one that cannot be read: `config check` will fail on it.
 *
 * `key` may have `%{d}`: nothing is known of it then.
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
    if (type !== "rsa" || bits >= usualBits) return {};
    account.warn(
      place,
      bits < leastBits
        ? `${name} has ${bits} bits and cannot sign: receivers refuse keys below 1024 bits; make a new one with mailseal rotate start`
        : `${name} has ${bits} bits, so minimumRsaBits: ${bits} was written: change it for one of 2048 bits with mailseal rotate start`,
    );
    return { minimumRsaBits: Math.max(bits, leastBits) };
  } catch (error) {
    const reason = error instanceof KeyError ? error.message : whyUnreadable(error);
    account.warn(place, `${name} cannot be used here, and config check will say so: ${reason}`);
    return {};
  }
}
