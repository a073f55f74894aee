import { toAsciiDomain } from "@mailseal/syntax";

/** The place of the key of a signing domain and selector. */
export interface KeyRequest {
  readonly domain: string;
  readonly selector: string;
  readonly place:
    | { readonly kind: "file"; readonly path: string; readonly revision: number }
    | { readonly kind: "text"; readonly text: string };
  readonly passphraseFile: string | undefined;
  /** Equal for requests with the same answer. Never show it: it may contain the key. */
  readonly id: string;
}

/** The key in the config, with `%{d}` and `%{s}` not yet replaced. */
export interface KeyOptions {
  readonly domain: string;
  readonly selector: string;
  readonly key?: string | undefined;
  readonly keyText?: string | undefined;
  readonly passphraseFile?: string | undefined;
  /** The revision of the row in the key database: another revision is another key, even with the same path. */
  readonly revision?: number;
}

/**
 * Undefined if the config sets no key, or if the domain or selector cannot be a name in DNS. Nothing else is put
 * into a path, so that no message can make a path that leaves its directory.
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

/** A path of the config with the domain and selector filled in. */
export function expandKeyPath(template: string, domain: string, selector: string): string {
  return template.replaceAll(/%\{([ds])\}/g, (_, name: string) =>
    name === "d" ? domain : selector,
  );
}
