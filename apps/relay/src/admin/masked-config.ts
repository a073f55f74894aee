import type { Config } from "@mailseal/policy/config";

const secretNames: ReadonlySet<string> = new Set(["password", "keyText", "passphrase", "token"]);

/** The config as it may be shown: every secret's value is left out, at whatever depth. */
export function maskedConfig(config: Config): unknown {
  return masked(config);
}

function masked(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(masked);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretNames.has(name) && typeof inner === "string" ? "***" : masked(inner),
    ]),
  );
}
