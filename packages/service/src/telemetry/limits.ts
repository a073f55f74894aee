import type { Config } from "@mailseal/config";

/** The limits of the counters, from the config; there are at least two rows. */
export function limitsOf({ topDomains }: Pick<Config["statistics"], "topDomains">): {
  readonly maxDomains: number;
} {
  return { maxDomains: Math.max(2, topDomains) };
}
