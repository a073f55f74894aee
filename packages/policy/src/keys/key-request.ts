import { toAsciiDomain } from "@mailseal/syntax";

/** Where the key of a signing domain and selector is. */
export interface KeyRequest {
  readonly domain: string;
  readonly selector: string;
  readonly place:
    | { readonly kind: "file"; readonly path: string; readonly revision: number }
    | { readonly kind: "text"; readonly text: string };
  readonly passphraseFile: string | undefined;
  /** The same for requests that have the same answer. Never to be shown: it may hold the key. */
  readonly id: string;
}

/** What the config says of a key, with its `%{d}` and `%{s}`. */
export interface KeyOptions {
  readonly domain: string;
  readonly selector: string;
  readonly key?: string | undefined;
  readonly keyText?: string | undefined;
  readonly passphraseFile?: string | undefined;
  /** Of the row in the key database: another revision is another key, whatever its path. */
  readonly revision?: number;
}

/**
 * Undefined where the config names no key, or where domain or selector is no name in DNS: nothing
 * else gets into a path, so that no message can make one that leaves its directory.
 */
export function keyRequest(options: KeyOptions): KeyRequest | undefined {
  const domain = toAsciiDomain(options.domain);
  const selector = toAsciiDomain(options.selector);
  if (domain === undefined || selector === undefined) {
    return undefined;
  }
  const place = placeOf(options, domain, selector);
  const { passphraseFile: template } = options;
  const passphraseFile =
    template === undefined ? undefined : expandKeyPath(template, domain, selector);
  return place === undefined
    ? undefined
    : { domain, selector, place, passphraseFile, id: JSON.stringify([place, passphraseFile]) };
}

function placeOf(
  { key, keyText, revision }: KeyOptions,
  domain: string,
  selector: string,
): KeyRequest["place"] | undefined {
  if (keyText !== undefined) {
    return { kind: "text", text: keyText };
  }
  return key === undefined
    ? undefined
    : { kind: "file", path: expandKeyPath(key, domain, selector), revision: revision ?? 0 };
}

/** A path of the config with a domain and selector in it. */
export function expandKeyPath(template: string, domain: string, selector: string): string {
  return template.replaceAll(/%\{([ds])\}/g, (_, name: string) =>
    name === "d" ? domain : selector,
  );
}
