/** What a zone says of a name: TXT records (strings joined, latin1; none: NODATA), an error, or a CNAME. */
export type StaticAnswer =
  | readonly string[]
  | { readonly error: "servfail" | "timeout" | "nxdomain" }
  | { readonly cname: string };

/** A line that a zone file should not have. */
export interface ZoneProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

/** Answers for a `staticResolver`, read by `parseZone` or `zoneFromJson`. */
export class Zone {
  /** By owner name: lower case, no dot at the end. */
  readonly entries: ReadonlyMap<string, StaticAnswer>;
  /** What could not be read, at most 100; the rest of the zone stands. */
  readonly problems: readonly ZoneProblem[];
  /**
   * Owners among `entries` that the file gives without a dot at the end and without an origin: of a zone
   * whose name the file does not say, or names that only lack their dot.
   */
  readonly withoutOrigin: ReadonlySet<string>;

  constructor(
    entries: ReadonlyMap<string, StaticAnswer>,
    problems: readonly ZoneProblem[] = [],
    withoutOrigin: ReadonlySet<string> = new Set(),
  ) {
    this.entries = entries;
    this.problems = problems;
    this.withoutOrigin = withoutOrigin;
  }

  /** What `zoneFromJson` reads. Octets that are not UTF-8 become U+FFFD: JSON cannot carry them. */
  toJSON(): Record<string, StaticAnswer> {
    return Object.fromEntries(
      Array.from(this.entries, ([name, answer]) => [
        name,
        Array.isArray(answer) ? answer.map(fromOctets) : answer,
      ]),
    );
  }
}

/** Names are compared without case, and a dot at the end changes nothing. */
export function ownerName(name: string): string {
  return (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();
}

/** The UTF-8 octets of a text, as latin1. */
export function toOctets(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** The text whose UTF-8 octets these are; U+FFFD for what is no UTF-8. */
export function fromOctets(octets: string): string {
  return isAscii(octets) ? octets : Buffer.from(octets, "latin1").toString("utf8");
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}
