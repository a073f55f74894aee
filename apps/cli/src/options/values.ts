import { formatAuthenticationResults, toAsciiDomain } from "@mailseal/syntax";
import { InvalidArgumentError } from "commander";

/** For repeatable options: all values, in order. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/** Parses `a:b:c`, as in h=. */
export function nameList(value: string): readonly string[] {
  const names = value.split(":").map((name) => name.trim());
  if (names.includes("")) {
    throw new InvalidArgumentError(
      "expected field names separated by colons, such as from:to:subject",
    );
  }
  return names;
}

export function unixSeconds(value: string): number {
  if (!/^\d{1,12}$/.test(value)) {
    throw new InvalidArgumentError("expected whole Unix seconds, such as 1767225600");
  }
  return Number(value);
}

export function count(value: string): number {
  if (!/^\d{1,6}$/.test(value)) {
    throw new InvalidArgumentError("expected a whole number of at most 999999");
  }
  return Number(value);
}

/** Accepts a valid authserv-id (RFC 8601 2.2). */
export function authservId(value: string): string {
  try {
    formatAuthenticationResults({ authservId: value, results: [] });
    return value;
  } catch {
    throw new InvalidArgumentError("expected a name such as mx.example.org");
  }
}

const secondsIn: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
  ["w", 604_800],
]);

/** Parses `7d`, `12h`, `30m`, `90s` or `2w` to seconds. */
export function duration(value: string): number {
  const match = /^(\d{1,6})([smhdw])$/.exec(value);
  const unit = secondsIn.get(match?.[2] ?? "");
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError("expected a number with s, m, h, d or w, such as 7d");
  }
  return Number(match[1]) * unit;
}

/** Parses a domain name to lower case and A-labels. */
export function domainName(value: string): string {
  const ascii = toAsciiDomain(value);
  if (ascii === undefined) {
    throw new InvalidArgumentError("expected a domain name such as example.com");
  }
  return ascii;
}
