import { toAsciiDomain } from "@mailseal/syntax";

/**
 * The domain of an address, in lower case and as A-labels. An address literal stays as it is; "" if there is none.
 *
 * ```ts
 * domainOf("ann@BÜCHER.example"); // "xn--bcher-kva.example"
 * ```
 */
export function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = at < 0 ? "" : address.slice(at + 1).toLowerCase();
  return domain.startsWith("[") ? domain : (toAsciiDomain(domain) ?? domain);
}

/**
 * The address with its domain in A-labels, which every server accepts; unchanged if that is no valid domain.
 *
 * ```ts
 * withAsciiDomain("ann@bücher.example"); // "ann@xn--bcher-kva.example"
 * ```
 */
export function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return at < 0 || /^[\u0000-\u007f]*$/.test(domain)
    ? address
    : address.slice(0, at + 1) + (toAsciiDomain(domain) ?? domain);
}
