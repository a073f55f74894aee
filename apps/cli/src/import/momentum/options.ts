import { truth } from "../imported-config.ts";

/** The fate of an option in Momentum's `opendkim` stanza. */
export type MomentumOption =
  | { readonly kind: "signing" | "keys" | "statistics"; readonly options: Record<string, unknown> }
  | { readonly kind: "needless"; readonly reason: string }
  /** `reason` includes the remedy. */
  | { readonly kind: "unknown"; readonly reason: string };

type Read = (value: string, values: readonly string[]) => unknown;

/** Options whose value is carried over with little change. */
const plainOptions: ReadonlyMap<string, readonly [option: string, read: Read]> = new Map<
  string,
  readonly [string, Read]
>([
  ["opendkim_sign", ["sign", truth]],
  ["sign", ["sign", truth]],
  ["base_domain", ["baseDomain", (value) => value]],
  ["digest", ["algorithm", digest]],
  ["key", ["key", (value) => value]],
  ["keyfile", ["key", (value) => value]],
  ["keybuf", ["keyText", (value) => value]],
  ["selector", ["selector", (value) => value]],
  ["identity", ["identity", (value) => value]],
  ["headerlist", ["headers", fieldNames]],
  ["oversign_headerlist", ["oversign", fieldNames]],
  ["skip_headerlist", ["skip", fieldNames]],
  ["copy_headers", ["copyHeaders", truth]],
  ["body_length_limit", ["bodyLength", bodyLength]],
  ["lifetime", ["expireAfter", hours]],
  ["testing", ["testing", truth]],
]);

const cacheOptions: ReadonlyMap<string, readonly [option: string, unit: string]> = new Map([
  ["keycache_size", ["cacheSize", ""]],
  ["pos_keycache_ttl", ["positiveTtl", "s"]],
  ["neg_keycache_ttl", ["negativeTtl", "s"]],
]);

/** `soFar`: the options of the same stanza read so far, because two Momentum options become one of ours. */
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
      ? { kind: "unknown", reason: `this value has no counterpart: set signing.${option}` }
      : { kind: "signing", options: { [option]: result } };
  }
  const cache = cacheOptions.get(name);
  if (cache !== undefined) {
    const [option, unit] = cache;
    return /^\d+$/.test(value)
      ? { kind: "keys", options: { [option]: unit === "" ? Number(value) : `${value}${unit}` } }
      : { kind: "unknown", reason: `the value is not a number: set keys.${option}` };
  }
  switch (name) {
    case "header_canon":
    case "body_canon":
      return canonicalization(name, value.toLowerCase(), soFar["canonicalization"]);
    case "sign_condition":
      return { kind: "signing", options: { signCondition: [condition(value)] } };
    case "signing_stats":
      return /^(?:all|global|off)$/i.test(value)
        ? { kind: "statistics", options: { level: value.toLowerCase() } }
        : { kind: "unknown", reason: "the value is not all, global or off: set statistics.level" };
    case "enabled":
      return truth(value) === false
        ? { kind: "signing", options: { sign: false } }
        : { kind: "needless", reason: "signing is on by default" };
    case "debug_level":
      return { kind: "needless", reason: "log.level controls the log" };
    default:
      return {
        kind: "unknown",
        reason: "unknown option of the opendkim module: remove it, or set its counterpart",
      };
  }
}

/** The other half is simple by default in Momentum. */
function canonicalization(name: string, value: string, soFar: unknown): MomentumOption {
  if (value !== "simple" && value !== "relaxed") {
    return {
      kind: "unknown",
      reason: "the value is neither simple nor relaxed: set signing.canonicalization",
    };
  }
  const [header, body] = typeof soFar === "string" ? soFar.split("/") : ["simple", "simple"];
  const both = name === "header_canon" ? `${value}/${body}` : `${header}/${value}`;
  return { kind: "signing", options: { canonicalization: both } };
}

function digest(value: string): string | undefined {
  const name = value.toLowerCase();
  return /^(?:rsa-sha1|rsa-sha256|ed25519-sha256)$/.test(name) ? name : undefined;
}

/** True for the whole body, or a maximum in octets. */
function bodyLength(value: string): boolean | number | undefined {
  return /^\d{2,}$/.test(value) ? Number(value) : truth(value);
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

/** 0 means no expiration, as in our option. */
function hours(value: string): string | undefined {
  return /^\d+$/.test(value) ? `${value}h` : undefined;
}
