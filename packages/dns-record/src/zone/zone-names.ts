import type { StaticAnswer, Zone } from "./zone.ts";

/** Longer names cannot be looked up. */
const maxNameOctets = 253;

/** Finds the answer of a zone for a name: under the name itself, a wildcard, or an owner without an origin. */
export class ZoneNames {
  readonly #zone: Zone;
  /** Every existing name, including empty non-terminals (RFC 4592 2.2.2). Set only if there are wildcards. */
  readonly #existing: ReadonlySet<string> | undefined;

  constructor(zone: Zone) {
    this.#zone = zone;
    const owners = [...zone.entries.keys()];
    this.#existing = owners.some(isWildcard)
      ? new Set(owners.filter(({ length }) => length <= maxNameOctets).flatMap(withAncestors))
      : undefined;
  }

  /** Undefined if there is no such name. */
  find(name: string): StaticAnswer | undefined {
    return this.#inZone(name) ?? this.#withoutOrigin(name);
  }

  #inZone(name: string): StaticAnswer | undefined {
    const { entries } = this.#zone;
    const own = entries.get(name);
    const existing = this.#existing;
    if (own !== undefined || existing === undefined) return own;
    if (existing.has(name)) return [];
    // Only the wildcard of the closest encloser applies (RFC 4592 3.3.1).
    let encloser = parentOf(name);
    while (encloser !== "" && !existing.has(encloser)) encloser = parentOf(encloser);
    return entries.get(encloser === "" ? "*" : `*.${encloser}`);
  }

  /** Tries longer and longer endings of the name as the origin. */
  #withoutOrigin(name: string): StaticAnswer | undefined {
    const { withoutOrigin } = this.#zone;
    if (withoutOrigin.size === 0) return undefined;
    for (let end = name.lastIndexOf("."); end > 0; end = name.lastIndexOf(".", end - 1)) {
      const relative = name.slice(0, end);
      const wildcard = `*.${parentOf(relative)}`;
      const owner = [relative, wildcard].find((it) => withoutOrigin.has(it));
      if (owner !== undefined) return this.#zone.entries.get(owner);
    }
    return undefined;
  }
}

function isWildcard(name: string): boolean {
  return name === "*" || name.startsWith("*.");
}

function parentOf(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1);
}

function* ancestors(name: string): Generator<string> {
  for (let at = name; at !== ""; at = parentOf(at)) yield at;
}

function withAncestors(name: string): readonly string[] {
  return [...ancestors(name)];
}
