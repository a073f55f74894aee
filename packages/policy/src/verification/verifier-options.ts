import type { VerificationSettings } from "@mailseal/config";
import type { VerifyOptions } from "@mailseal/verifier";
import type { CountingOption } from "./effective-result.ts";

/** The options of the schema that the policy applies to the verdicts itself; the others are for the verifier. */
type PolicyOption = CountingOption | "actions" | "verify";

/** An option for the verifier, taken from the values of those scopes that set it. */
type Strictest<Value> = (
  values: readonly Value[],
  scopes: readonly VerificationSettings[],
) => Partial<VerifyOptions>;

/** How the strictest value is found, for each verification option that the schema declares for the verifier. */
export type VerifierWiring<Settings = VerificationSettings> = {
  readonly [Option in Exclude<keyof Settings, PolicyOption>]-?: Strictest<
    Exclude<Settings[Option], undefined>
  >;
};

/** An option that is added to the schema does not compile until it has its line here. */
export const verifierWiring: VerifierWiring = {
  minimumRsaBits: (_, scopes) => ({
    minimumRsaBits: Math.max(...scopes.map(({ minimumRsaBits }) => minimumRsaBits ?? 1024)),
  }),
  // A scope that sets none allows none.
  allowAlgorithms: ([first = []], scopes) => ({
    allowAlgorithms: first.filter((name) =>
      scopes.every(({ allowAlgorithms = [] }) => allowAlgorithms.includes(name)),
    ),
  }),
  requiredFields: (lists) => ({ requiredFields: [...new Set(lists.flat())] }),
  clockSkew: (skewsMs) =>
    skewsMs.length === 0 ? {} : { clockSkewSeconds: Math.min(...skewsMs) / 1000 },
};

const wires = Object.entries(verifierWiring);

/**
 * The verifier's options for a message to which several scopes apply: each as the strictest of them has it. From addresses
 * of several domains are under the scopes of all: if the first alone counted, an address put before another would
 * choose the policy.
 */
export function verifierOptions(scopes: readonly VerificationSettings[]): Partial<VerifyOptions> {
  const options: Partial<VerifyOptions>[] = [];
  for (const [option, wire] of wires) {
    const values = scopes.flatMap((scope) => {
      const value = scope[option as keyof VerifierWiring];
      return value === undefined ? [] : [value];
    });
    // The type of the wiring has paired each line with the type of its option.
    options.push((wire as Strictest<unknown>)(values, scopes));
  }
  return Object.assign({}, ...options) as Partial<VerifyOptions>;
}
