import { toAsciiDomain } from "@mailseal/syntax";

/** An address in the form that is compared: without case and quotes, with its domain in A-labels. */
export interface PlainAddress {
  readonly localPart: string;
  /** "" if there is none. */
  readonly domain: string;
}

/**
 * Never throws; a text without "@" is all local part.
 *
 * ```ts
 * plainAddress('"Ann"@EXAMPLE.com'); // { localPart: "ann", domain: "example.com" }
 * ```
 */
export function plainAddress(text: string): PlainAddress {
  const at = text.lastIndexOf("@");
  const localPart = at < 0 ? text : text.slice(0, at);
  const domain = at < 0 ? "" : text.slice(at + 1);
  return {
    localPart: unquoted(localPart).normalize("NFC").toLowerCase(),
    domain: toAsciiDomain(domain) ?? domain.toLowerCase(),
  };
}

/**
 * The address as text: `ann@example.com`, or `@example.com` without a local part.
 *
 * ```ts
 * addressText(plainAddress("Ann@Example.COM")); // "ann@example.com"
 * ```
 */
export function addressText({ localPart, domain }: PlainAddress): string {
  return `${localPart}@${domain}`;
}

/** `joe` for `"joe"` and `"j\oe"`: RFC 5321 4.1.2 has them as one mailbox. */
function unquoted(localPart: string): string {
  return /^".*"$/s.test(localPart) ? localPart.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : localPart;
}
