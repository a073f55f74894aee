import type { SenderSettings, Config } from "@mailseal/config";
import { type LoginMap, plainAddress, type PlainAddress } from "@mailseal/config/tables";
import { fromMailboxes, senderMailboxes } from "@mailseal/syntax";
import type { StoredMessage } from "../pipeline/mail.ts";
import { openMessage } from "../pipeline/open-message.ts";

/** Who says what a login may send as. */
export interface SenderSources {
  readonly settings: Pick<SenderSettings, "patterns" | "unlisted">;
  /** Of `settings.file`. */
  readonly map?: LoginMap | undefined;
  /** What the hook `sendersOf` answers for the login: addresses and domains; undefined: nothing on it. */
  readonly byHook?: readonly string[] | undefined;
}

/**
 * Whether a login may send as an address: it may where one of the sources says so, and where none of them says
 * anything of the login or of the address's domain, unless `unlisted` has it otherwise.
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
 * What a login may send as: each of `patterns` is an address, or "@domain" for every address of a domain. `%u` is
 * the login, `%l` what stands before its "@", `%d` what stands behind it. A pattern with `%l` or `%d` says nothing
 * of a login without "@", and `%u` alone stands for an address: a login that is called as a domain does not own it.
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

/** Whether an address is `sender`, or of the domain that it is: "@example.com" or "example.com". */
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

/** What `fromMailboxes` reads at most. */
const mostAuthors = 1000;

/**
 * Every address that a message shows as its author or its sender: those of all From and Sender fields. Reads no
 * more than the header. Empty where From has no address that can be read, or too many, and for a header beyond the
 * limits.
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
  // More are not read, and might be shown.
  if (authors.length >= mostAuthors) return [];
  // RFC 6376 is about From, but programs that show mail show Sender as well: "on behalf of".
  return authors.length === 0
    ? []
    : [...authors, ...senderMailboxes(header)].map(({ address }) => address);
}
