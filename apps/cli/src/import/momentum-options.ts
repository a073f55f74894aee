import { truth } from "./imported-config.ts";

/** What an option of Momentum's `opendkim` stanza becomes. */
export type MomentumOption =
  | { readonly kind: "signing" | "keys" | "statistics"; readonly options: Record<string, unknown> }
  /** It says how Momentum is built, and needs no counterpart. */
  | { readonly kind: "needless" }
  | { readonly kind: "unknown"; readonly reason: string };

type Read = (value: string, values: readonly string[]) => unknown;

/** Options whose value goes over as it is, or nearly. */
const plainOptions: ReadonlyMap<string, readonly [option: string, read: Read]> = new Map<
  string,
  readonly [string, Read]
>([
  ["opendkim_sign", ["sign", truth]],
  ["sign", ["sign", truth]],
  ["base_domain", ["baseDomain", (value) => value]],
  ["digest", ["algorithm", (value) => (/^rsa-sha(?:1|256)$/.test(value) ? value : undefined)]],
  ["key", ["key", (value) => value]],
  ["keyfile", ["key", (value) => value]],
  ["keybuf", ["keyText", (value) => value]],
  ["selector", ["selector", (value) => value]],
  ["identity", ["identity", (value) => value]],
  ["headerlist", ["headers", fieldNames]],
  ["oversign_headerlist", ["oversign", fieldNames]],
  ["skip_headerlist", ["skip", fieldNames]],
  ["copy_headers", ["copyHeaders", truth]],
  ["body_length_limit", ["bodyLength", truth]],
  ["lifetime", ["expireAfter", hours]],
  ["testing", ["testing", truth]],
]);

const cacheOptions: ReadonlyMap<string, readonly [option: string, unit: string]> = new Map([
  ["keycache_size", ["cacheSize", ""]],
  ["pos_keycache_ttl", ["positiveTtl", "s"]],
  ["neg_keycache_ttl", ["negativeTtl", "s"]],
]);

/** `soFar` are the options of the same stanza read before: two of Momentum's make one of ours. */
export function signingOption(
  name: string,
  values: readonly string[],
  soFar: Readonly<Record<string, unknown>>,
): MomentumOption {
  const value = values[0] ?? "";
  const plain = plainOptions.get(name);
  if (plain !== undefined) {
    const [option, read] = plain;
    const result = read(value, values);
    return result === undefined
      ? { kind: "unknown", reason: "this value has no counterpart" }
      : { kind: "signing", options: { [option]: result } };
  }
  const cache = cacheOptions.get(name);
  if (cache !== undefined) {
    const [option, unit] = cache;
    return { kind: "keys", options: { [option]: unit === "" ? Number(value) : `${value}${unit}` } };
  }
  switch (name) {
    case "header_canon":
    case "body_canon":
      return canonicalization(name, value, soFar["canonicalization"]);
    case "sign_condition":
      return { kind: "signing", options: { signCondition: [condition(value)] } };
    case "signing_stats":
      return { kind: "statistics", options: { level: value } };
    case "enabled":
    case "debug_level":
      return { kind: "needless" };
    default:
      return { kind: "unknown", reason: "has no counterpart" };
  }
}

/** Momentum's default for the other half is simple. */
function canonicalization(name: string, value: string, soFar: unknown): MomentumOption {
  if (value !== "simple" && value !== "relaxed") {
    return { kind: "unknown", reason: "expected simple or relaxed" };
  }
  const [header, body] = typeof soFar === "string" ? soFar.split("/") : ["simple", "simple"];
  const both = name === "header_canon" ? `${value}/${body}` : `${header}/${value}`;
  return { kind: "signing", options: { canonicalization: both } };
}

function condition(value: string): string {
  return (
    new Map([
      ["auth_user", "authUser"],
      ["can_relay", "relayNetwork"],
    ]).get(value) ?? value
  );
}

function fieldNames(_: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(/[:,\s]+/)).filter((name) => name !== "");
}

/** 0 is no expiration, as ours. */
function hours(value: string): string | undefined {
  return /^\d+$/.test(value) ? `${value}h` : undefined;
}
