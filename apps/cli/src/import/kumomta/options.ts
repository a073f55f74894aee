import type { ImportAccount } from "../account.ts";
import type { Section } from "../imported-config.ts";
import type { TomlLeaf } from "./toml-lines.ts";

/** The settings of a block, and of `[base]`, to which it falls back. */
export interface Settings {
  readonly own: ReadonlyMap<string, TomlLeaf>;
  readonly base: ReadonlyMap<string, TomlLeaf>;
}

type Read = (value: unknown) => Section | undefined;

/** Options that are not carried over, with the remedy. */
const lost: ReadonlyMap<string, string> = new Map(
  ["vault_mount", "vault_path_prefix", "vault_key"].map((name) => [
    name,
    "keys in HashiCorp Vault are not supported: write them to files, and name them in signing.key",
  ]),
);

/** Options that depend only on their own value. */
const plain: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["selector", (value) => (isText(value) ? { selector: value } : undefined)],
  ["filename", (value) => (isText(value) ? { key: value } : undefined)],
  ["domain", (value) => (isText(value) ? { domain: value } : undefined)],
  [
    "algo",
    (value) =>
      value === "sha256"
        ? { algorithm: "rsa-sha256" }
        : value === "ed25519"
          ? { algorithm: "ed25519-sha256" }
          : undefined,
  ],
  [
    "expiration",
    (value) => (typeof value === "number" && value >= 0 ? { expireAfter: `${value}s` } : undefined),
  ],
  [
    "policy",
    (value) => (value === "Always" || value === "OnlyIfMissingDomainBlock" ? {} : undefined),
  ],
]);

/** Pairs of options that become one of ours. */
const together: ReadonlySet<string> = new Set([
  "headers",
  "over_sign",
  "header_canonicalization",
  "body_canonicalization",
]);

/** Converts a block to options of a signature. */
export function optionsOf(
  settings: Settings,
  isBase: boolean,
  file: string,
  account: ImportAccount,
): Section {
  const options: Section = {};
  for (const [name, { value, line, endLine }] of settings.own) {
    const place = { file, line, endLine };
    const todo = lost.get(name);
    const read = plain.get(name);
    const ours = together.has(name) ? {} : read?.(value);
    if (isBase && name === "additional_signatures") continue;
    if (todo !== undefined) {
      account.notCarried(place, name, todo);
    } else if (read === undefined && !together.has(name)) {
      account.notCarried(place, name, "unknown option of the helper dkim_sign: remove it");
    } else if (ours === undefined || (together.has(name) && !isValid(name, value))) {
      account.notCarried(place, name, "KumoMTA does not accept this value: correct it");
    } else {
      Object.assign(options, ours);
      account.carried(place, name, becomes(name));
    }
  }
  return { ...options, ...fields(settings), ...canonicalization(settings) };
}

/** h= contains each name once, even if absent; with over_sign, once more than the field occurs, in alphabetical order. */
function fields({ own, base }: Settings): Section {
  if (!own.has("headers") && !own.has("over_sign")) return {};
  const given = own.get("headers")?.value ?? base.get("headers")?.value;
  if (!isValid("headers", given)) return {};
  const names = (given as readonly string[]).map((name) => name.toLowerCase());
  // In the helper, true in [base] overrides false in a block.
  const isOver = own.get("over_sign")?.value === true || base.get("over_sign")?.value === true;
  return isOver ? { headers: [], oversign: [...new Set(names)].toSorted() } : { headers: names };
}

function canonicalization({ own, base }: Settings): Section {
  const names = ["header_canonicalization", "body_canonicalization"];
  if (!names.some((name) => own.has(name))) return {};
  const both = names.map((name) => {
    const value = own.get(name)?.value ?? base.get(name)?.value;
    return isValid(name, value) ? String(value).toLowerCase() : "relaxed";
  });
  return { canonicalization: both.join("/") };
}

function isValid(name: string, value: unknown): boolean {
  switch (name) {
    case "headers":
      return Array.isArray(value) && value.length > 0 && value.every(isText);
    case "over_sign":
      return typeof value === "boolean";
    default:
      return value === "Relaxed" || value === "Simple";
  }
}

function becomes(name: string): string {
  if (name === "policy") return "the scopes whose mail is signed";
  if (name === "over_sign") return "oversign";
  if (name.endsWith("canonicalization")) return "canonicalization";
  return Object.keys(
    plain.get(name)?.(name === "expiration" ? 1 : "sha256") ?? { [name]: "" },
  ).join();
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
