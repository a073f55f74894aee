import { generateKeyPair, generateKeyPairSync } from "node:crypto";
import { promisify } from "node:util";
import { KeyError } from "../errors.ts";
import { PrivateKey } from "./private-key.ts";
import { rsaBits } from "./rsa-public-key.ts";

export type GenerateOptions =
  | {
      readonly type: "rsa";
      /** Default 2048; 512 to 8192, a multiple of 8. */
      readonly bits?: number;
    }
  | { readonly type: "ed25519" };

const defaultBits = 2048;
const generatePair = promisify(generateKeyPair);

/**
 * Makes a key pair. An RSA key takes from a tenth of a second to many seconds; use `generateKeyAsync` in a
 * server.
 */
export function generateKey(options: GenerateOptions): PrivateKey {
  return options.type === "rsa"
    ? new PrivateKey(
        generateKeyPairSync("rsa", { modulusLength: checkBits(options.bits) }).privateKey,
      )
    : new PrivateKey(generateKeyPairSync("ed25519").privateKey);
}

/** Makes a key pair without blocking. Rejects with a `KeyError` "key-size" for a size out of range. */
export async function generateKeyAsync(options: GenerateOptions): Promise<PrivateKey> {
  const { privateKey } =
    options.type === "rsa"
      ? await generatePair("rsa", { modulusLength: checkBits(options.bits) })
      : await generatePair("ed25519");
  return new PrivateKey(privateKey);
}

function checkBits(bits: number = defaultBits): number {
  if (!Number.isInteger(bits) || bits % 8 !== 0 || bits < rsaBits.least || bits > rsaBits.most) {
    throw new KeyError(
      "key-size",
      `expected an RSA key size from ${rsaBits.least} to ${rsaBits.most} bits, a multiple of 8, got ${bits}`,
    );
  }
  return bits;
}
