import { generateKeyPair, generateKeyPairSync } from "node:crypto";
import { promisify } from "node:util";
import { oneOf, optionsCheck, received, required } from "@mailseal/errors";
import { badOption, KeyError } from "../errors.ts";
import type { KeyType } from "../signing/algorithm.ts";
import { PrivateKey } from "./private-key.ts";
import { rsaBits } from "./rsa-public-key.ts";

/** The kind of key to generate. */
export type GenerateOptions =
  | {
      readonly type: "rsa";
      /** Default 2048; 512 to 8192, a multiple of 8. */
      readonly bits?: number;
    }
  | { readonly type: "ed25519" };

const defaultBits = 2048;
const generatePair = promisify(generateKeyPair);

const checkOptions = optionsCheck<{ readonly type: KeyType; readonly bits?: number }>(
  "options",
  {
    type: required(oneOf(["rsa", "ed25519"])),
    bits: {
      expected: `an RSA key size from ${rsaBits.least} to ${rsaBits.most} bits, a multiple of 8`,
      accepts: (bits) =>
        Number.isInteger(bits) &&
        Number(bits) % 8 === 0 &&
        Number(bits) >= rsaBits.least &&
        Number(bits) <= rsaBits.most,
    },
  },
  (message, option) => new KeyError(option === "bits" ? "key-size" : "bad-option", message),
);

/**
 * Makes a key pair. An RSA key takes from a tenth of a second to many seconds; use `generateKeyAsync` in a
 * server. Throws a `KeyError` "bad-option", or "key-size" for a size out of range.
 *
 * ```ts
 * const key = generateKey({ type: "rsa", bits: 2048 });
 * writeFileSync("mail2026.pem", key.toPem(), { mode: 0o600 });
 * ```
 */
export function generateKey(options: GenerateOptions): PrivateKey {
  checkGenerate(options);
  return options.type === "rsa"
    ? new PrivateKey(
        generateKeyPairSync("rsa", { modulusLength: options.bits ?? defaultBits }).privateKey,
      )
    : new PrivateKey(generateKeyPairSync("ed25519").privateKey);
}

/**
 * Makes a key pair without blocking. Rejects with a `KeyError` if `generateKey` would throw it.
 *
 * ```ts
 * const key = await generateKeyAsync({ type: "rsa", bits: 4096 });
 * ```
 */
export async function generateKeyAsync(options: GenerateOptions): Promise<PrivateKey> {
  checkGenerate(options);
  const { privateKey } =
    options.type === "rsa"
      ? await generatePair("rsa", { modulusLength: options.bits ?? defaultBits })
      : await generatePair("ed25519");
  return new PrivateKey(privateKey);
}

function checkGenerate(options: GenerateOptions): void {
  // Before the range of RSA keys, which would advise another size.
  if (options?.type === "ed25519" && "bits" in options && options.bits !== undefined) {
    throw badOption(
      `bits: expected none for a key of type ed25519, which has one size, got ${received(options.bits)}; leave it out`,
    );
  }
  checkOptions(options);
}
