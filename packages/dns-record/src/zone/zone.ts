/**
 * The answer of a zone for a name: TXT records (each with its strings joined, latin1; an empty list is
 * NODATA), an error, or a CNAME.
 */
export type StaticAnswer =
  | readonly string[]
  | { readonly error: "servfail" | "timeout" | "nxdomain" }
  | { readonly cname: string };

/** A line of a zone file that cannot be read. */
export interface ZoneProblem {
  /** The number of the line, counted from 1. */
  readonly line: number;
  /** The problem, for people. */
  readonly reason: string;
}

/**
 * The answers of a `staticResolver`, as `readZone`, `parseZone` or `zoneFromJson` read them.
 *
 * ```ts
 * const zone = readZone('mail._domainkey.example.com. TXT "v=DKIM1; p="');
 * for (const { line, reason } of zone.problems) console.error(line, reason);
 * zone.entries.size; // 1
 * ```
 */
export class Zone {
  /** By owner name: lower case, no dot at the end. */
  readonly entries: ReadonlyMap<string, StaticAnswer>;
  /** The lines that could not be read, at most 100. The rest of the zone is valid. */
  readonly problems: readonly ZoneProblem[];
  /**
   * Owners among `entries` that the file writes without a final dot and without an origin: the file does not
   * name its zone, or the final dot is missing.
   */
  readonly withoutOrigin: ReadonlySet<string>;

  /** A zone of answers that have been read. */
  constructor(
    entries: ReadonlyMap<string, StaticAnswer>,
    problems: readonly ZoneProblem[] = [],
    withoutOrigin: ReadonlySet<string> = new Set(),
  ) {
    this.entries = entries;
    this.problems = problems;
    this.withoutOrigin = withoutOrigin;
  }

  /**
   * The zone in the form that `zoneFromJson` reads. Octets that are not UTF-8 become U+FFFD, because JSON
   * cannot carry them.
   */
  toJSON(): Record<string, StaticAnswer> {
    return Object.fromEntries(
      Array.from(this.entries, ([name, answer]) => [
        name,
        Array.isArray(answer) ? answer.map(fromOctets) : answer,
      ]),
    );
  }
}

/** The form in which names are compared: without case, and without a final dot. */
export function ownerName(name: string): string {
  return (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
}

/** The UTF-8 octets of a text, as latin1. */
export function toOctets(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** Decodes UTF-8 octets; sequences that are not UTF-8 become U+FFFD. */
export function fromOctets(octets: string): string {
  return isAscii(octets) ? octets : Buffer.from(octets, "latin1").toString("utf8");
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}
