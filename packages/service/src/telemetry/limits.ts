import type { Config } from "@mailseal/config";

/** The counters' bounds, as the config has them; fewer than two rows cannot be. */
export function limitsOf({ topDomains }: Pick<Config["statistics"], "topDomains">): {
  readonly maxDomains: number;
} {
  return { maxDomains: Math.max(2, topDomains) };
}
