/** One milter of `smtpd_milters`. */
export interface MilterEntry {
  /** As main.cf has it, with braces and settings of its own if there are any. */
  readonly text: string;
  /** The address alone, such as "unix:mailseal/milter.sock" or "inet:localhost:8891". */
  readonly address: string;
}

/** The part of the file system in which a milter's socket is, or its host and port. */
export type MilterTarget =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "inet"; readonly host: string; readonly port: string }
  /** A variable of main.cf, or something that Postfix itself would refuse. */
  | { readonly kind: "other" };

/**
 * Reads a list of milters of main.cf: separated by commas or blanks; braces hold an entry with settings of its own, such as
 * `{ inet:localhost:8891, connect_timeout=10s }`.
 */
export function parseMilterList(value: string): readonly MilterEntry[] {
  return splitList(value).map((text) => {
    const [address = ""] = text.startsWith("{") ? splitList(text.slice(1, -1)) : [text];
    return { text, address };
  });
}

export function formatMilterList(entries: readonly Pick<MilterEntry, "text">[]): string {
  return entries.map(({ text }) => text).join(", ");
}

/**
 * The socket of a milter for a process that sees the whole file system. A relative path starts at the queue directory; so
 * does an absolute path for a process in the chroot.
 */
export function milterTarget(
  address: string,
  queueDirectory: string,
  isChrooted: boolean,
): MilterTarget {
  const [, path] = /^(?:unix|local):(.+)$/i.exec(address) ?? [];
  if (path !== undefined) {
    const isInQueue = isChrooted || !path.startsWith("/");
    const full = isInQueue ? `${queueDirectory}/${path.replace(/^\/+/, "")}` : path;
    return { kind: "unix", path: full.replace(/\/{2,}/g, "/") };
  }
  const [, host, port] = /^inet:(?:\[?([^\]]*?)\]?:)?(\w+)$/i.exec(address) ?? [];
  return port === undefined
    ? { kind: "other" }
    : { kind: "inet", host: (host ?? "localhost").toLowerCase(), port };
}

/** Splits at commas and blanks outside braces. */
function splitList(value: string): readonly string[] {
  const entries: string[] = [];
  let entry = "";
  let depth = 0;
  for (const character of value) {
    if (depth === 0 && /[\s,]/.test(character)) {
      if (entry !== "") entries.push(entry);
      entry = "";
      continue;
    }
    if (character === "{") depth++;
    if (character === "}") depth--;
    entry += character;
  }
  return entry === "" ? entries : [...entries, entry];
}
