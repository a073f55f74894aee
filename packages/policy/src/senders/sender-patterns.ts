import { type PlainAddress, plainAddress } from "@mailseal/config/tables";

/**
 * What a login may send as: each of `patterns` is an address, or "@domain" for every address of a domain. `%u` is
 * the login, `%l` what stands before its "@", `%d` what stands behind it. A pattern with `%l` or `%d` says nothing
 * of a login without "@", and `%u` alone stands for an address: a login that is called as a domain does not own it.
 */
export function matchesPattern(
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
export function isWithin(address: PlainAddress, sender: string): boolean {
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
