import type { SenderSettings, Config } from "@mailseal/config";
import { type LoginMap, plainAddress, type PlainAddress } from "@mailseal/config/tables";
import { fromMailboxes, senderMailboxes } from "@mailseal/syntax";
import type { StoredMessage } from "../pipeline/mail.ts";
import { openMessage } from "../pipeline/open-message.ts";

/** The sources that say what a login may send as. */
export interface SenderSources {
  readonly settings: Pick<SenderSettings, "patterns" | "unlisted">;
  /** The contents of `settings.file`. */
  readonly map?: LoginMap | undefined;
  /** The addresses and domains that the hook `sendersOf` returns for the login; undefined if it returns nothing. */
  readonly byHook?: readonly string[] | undefined;
}

/**
 * Whether a login may send as an address. It may if one of the sources says so. If no source mentions the login
 * or the domain of the address, `unlisted` decides.
 *
 * ```ts
 * const settings = { patterns: ["%u", "@%d"], unlisted: "mismatch" } as const;
 * maySendAs({ settings }, "ann@example.com", "info@example.com"); // true
 * maySendAs({ settings }, "ann@example.com", "ann@example.net"); // false
 * ```
 */
export function maySendAs(
  { settings: { patterns, unlisted }, map, byHook }: SenderSources,
  login: string,
  text: string,
): boolean {
  const address = plainAddress(text);
  if (
    map?.owns(login, address) === true ||
    matchesPattern(patterns, login, address) ||
    byHook?.some((sender) => isWithin(address, sender)) === true
  ) {
    return true;
  }
  const isNamed =
    patterns.length > 0 || byHook !== undefined || map?.names(login, address) === true;
  return !isNamed && unlisted === "allow";
}

/**
 * Whether a pattern lets a login send as an address. Each of `patterns` is an address, or "@domain" for every address
 * of a domain. `%u` stands for the login, `%l` for the part before its "@" and `%d` for the part behind it. A pattern
 * with `%l` or `%d` does not apply to a login without "@". `%u` alone stands for an address only: a login that has
 * the name of a domain does not own the domain.
 */
function matchesPattern(
  patterns: readonly string[],
  login: string,
  address: PlainAddress,
): boolean {
  return patterns.some((pattern) => {
    const text = expanded(pattern, login);
    return text !== undefined && isWithin(address, text);
  });
}

/** Whether an address is `sender`, or belongs to the domain `sender`, written "@example.com" or "example.com". */
function isWithin(address: PlainAddress, sender: string): boolean {
  const { localPart, domain } = plainAddress(sender.includes("@") ? sender : `@${sender}`);
  return (
    domain !== "" &&
    domain === address.domain &&
    (localPart === "" || localPart === address.localPart)
  );
}

function expanded(pattern: string, login: string): string | undefined {
  const at = login.lastIndexOf("@");
  const parts: Readonly<Record<string, string | undefined>> = {
    u: login,
    l: at > 0 ? login.slice(0, at) : undefined,
    d: at > 0 ? login.slice(at + 1) : undefined,
  };
  let isWhole = true;
  const text = pattern.replaceAll(/%([uld])/g, (_, name: string) => {
    isWhole &&= parts[name] !== undefined;
    return parts[name] ?? "";
  });
  const isAddress = pattern.includes("@") || !/%[ul]/.test(pattern) || text.indexOf("@") > 0;
  return isWhole && isAddress ? text : undefined;
}

/** `fromMailboxes` reads no more. */
const mostAuthors = 1000;

/**
 * Every address that a message shows as its author or sender, from all From and Sender fields. Reads only the
 * header. Empty if From has no readable address or too many, or if the header exceeds the limits.
 *
 * ```ts
 * const authors = await authorAddresses(message, config.limits);
 * const isAllowed = authors.length > 0 && authors.every((author) => maySendAs(sources, login, author));
 * ```
 */
export async function authorAddresses(
  message: StoredMessage,
  limits: Pick<Config["limits"], "headerSize" | "headerFields">,
): Promise<readonly string[]> {
  const opened = await openMessage(message, limits);
  if (!opened.ok) return [];
  const { header } = opened.message;
  await opened.message.close();
  const authors = fromMailboxes(header);
  // Addresses beyond these are not read, but a mail program may show them.
  if (authors.length >= mostAuthors) return [];
  // RFC 6376 is about From, but mail programs show Sender as well, as in "on behalf of".
  return authors.length === 0
    ? []
    : [...authors, ...senderMailboxes(header)].map(({ address }) => address);
}
