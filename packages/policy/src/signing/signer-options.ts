import type { SignatureSettings } from "@mailseal/config";
import { findAlgorithm, type PrivateKey } from "@mailseal/crypto";
import type { SignatureOptions } from "@mailseal/signer";
import type { ResolvedOption, ConfiguredSignature } from "./configured-signature.ts";

/** What an option may depend on besides its value. */
interface Use {
  /** The key comes from the key database, in place of the one in the config. */
  readonly inDatabase: boolean;
  readonly key: PrivateKey;
}

/**
 * One option on its way from the schema to the signer: `"same"` if the signer has an option of that name that
 * takes the value as it is, otherwise a function that returns the signer's options.
 */
type Wire<Option, Value> =
  | (Option extends keyof SignatureOptions
      ? Value extends SignatureOptions[Option]
        ? "same"
        : never
      : never)
  | ((value: Value, use: Use) => Partial<SignatureOptions>);

/** A wire for each option of a signature that the schema declares, besides those that are resolved before. */
export type SignerWiring<Settings = SignatureSettings> = {
  readonly [Option in Exclude<keyof Settings, ResolvedOption>]-?: Wire<
    Option,
    Exclude<Settings[Option], undefined>
  >;
};

/** An option that is added to the schema does not compile until it has its wire here. */
export const signerWiring: SignerWiring = {
  // The key of the database may be of another type than that of the config, for which the algorithm was chosen.
  algorithm: (algorithm, { inDatabase, key }) =>
    inDatabase && findAlgorithm(algorithm)?.keyType !== key.type ? {} : { algorithm },
  canonicalization: "same",
  headers: "same",
  fieldOrder: "same",
  fields: "same",
  oversign: "same",
  skip: "same",
  expireAfter: (milliseconds) =>
    milliseconds === 0 ? {} : { expireAfterSeconds: Math.max(1, Math.round(milliseconds / 1000)) },
  bodyLength: "same",
  copyHeaders: "same",
  minimumRsaBits: "same",
  testing: "same",
};

const wires = Object.entries(signerWiring);

/** The signer's options for a configured signature whose key was found. */
export function signatureOptions(
  { domain, selector = "", settings, identity, inDatabase }: ConfiguredSignature,
  key: PrivateKey,
): SignatureOptions {
  const options: Partial<SignatureOptions>[] = [identity === undefined ? {} : { identity }];
  for (const [option, wire] of wires) {
    const value = settings[option as keyof SignerWiring];
    if (value === undefined) continue;
    // The type of the wiring has paired each wire with the type of its option.
    const carry = wire as "same" | ((carried: unknown, use: Use) => Partial<SignatureOptions>);
    options.push(carry === "same" ? { [option]: value } : carry(value, { inDatabase, key }));
  }
  return Object.assign({ domain, selector, key }, ...options) as SignatureOptions;
}
