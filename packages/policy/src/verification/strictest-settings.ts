import type { VerificationSettings } from "@mailseal/config";

/** How signatures are to be verified where several scopes hold: as the strictest of them wants. */
export interface VerifyStrictness {
  readonly minimumRsaBits: number;
  readonly allowAlgorithms: readonly "rsa-sha1"[];
  readonly requiredFields: readonly string[];
  readonly clockSkewSeconds?: number;
}

/**
 * A message with From addresses of several domains is under the scopes of all of them: were it the first alone,
 * an address put before another would choose who is asked.
 */
export function strictestOf(scopes: readonly VerificationSettings[]): VerifyStrictness {
  const skews = scopes.flatMap(({ clockSkew }) => (clockSkew === undefined ? [] : [clockSkew]));
  const allowed = scopes.map(({ allowAlgorithms }) => allowAlgorithms ?? []);
  return {
    minimumRsaBits: Math.max(...scopes.map(({ minimumRsaBits }) => minimumRsaBits ?? 1024)),
    allowAlgorithms: (allowed[0] ?? []).filter((name) =>
      allowed.every((list) => list.includes(name)),
    ),
    requiredFields: [...new Set(scopes.flatMap(({ requiredFields }) => requiredFields ?? []))],
    ...(skews.length === 0 ? {} : { clockSkewSeconds: Math.min(...skews) / 1000 }),
  };
}
