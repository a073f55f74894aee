/** Converts values of opendkim.conf(5); undefined if there is no counterpart. */

/** A single word is for the header; the body is simple then. */
export function canonicalization(value: string): string | undefined {
  const [header = "", body = "simple"] = value.toLowerCase().split("/");
  const both = `${header}/${body}`;
  return /^(?:simple|relaxed)\/(?:simple|relaxed)$/.test(both) ? both : undefined;
}

export function names(value: string): readonly string[] {
  return value.split(/[,\s]+/).filter((name) => name !== "");
}

export function whole(value: string): number | undefined {
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

export function keyBits(value: string): number | undefined {
  const bits = whole(value);
  return bits !== undefined && bits >= 512 && bits <= 16_384 ? bits : undefined;
}

export function seconds(value: string): string | undefined {
  return /^\d+$/.test(value) ? `${value}s` : undefined;
}

export function positiveSeconds(value: string): string | undefined {
  return /^0+$/.test(value) ? undefined : seconds(value);
}

const actions: ReadonlyMap<string, string> = new Map([
  ["accept", "header"],
  ["a", "header"],
  ["quarantine", "quarantine"],
  ["q", "quarantine"],
  ["reject", "reject"],
  ["r", "reject"],
  ["tempfail", "defer"],
  ["t", "defer"],
]);

/** `discard` loses mail silently, so it has no counterpart. */
export function action(value: string): string | undefined {
  return actions.get(value.toLowerCase());
}

/** 0 means no limit, which has no counterpart. */
export function octets(value: string): number | undefined {
  return /^[1-9]\d*$/.test(value) ? Number(value) : undefined;
}

export function algorithm(value: string): string | undefined {
  const name = value.toLowerCase();
  return /^(?:rsa-sha1|rsa-sha256|ed25519-sha256)$/.test(name) ? name : undefined;
}
