import type { SignatureSettings, SigningSettings } from "@mailseal/config";
import { isSameOrSubdomain, toAsciiDomain } from "@mailseal/syntax";
import type { KeyRow } from "../keys/key-database.ts";
import { type KeyRequest, keyRequest } from "../keys/key-request.ts";

/** The options of a signature that are resolved into d=, s=, i= and the place of the key. */
export type ResolvedOption =
  | "baseDomain"
  | "domain"
  | "identity"
  | "key"
  | "keyText"
  | "passphraseFile"
  | "selector";

/** A signature that the config asks for, before its key has been found. */
export interface ConfiguredSignature {
  readonly domain: string;
  /** Undefined if no scope sets one. */
  readonly selector: string | undefined;
  /** Undefined if no scope sets a key. */
  readonly request: KeyRequest | undefined;
  readonly settings: SignatureSettings;
  readonly identity: string | undefined;
  /** Its selector and key come from the key database. */
  readonly inDatabase: boolean;
}

/** Looks up the rows of the key database for a signing domain. */
export type KeyRowLookup = (domain: string) => readonly KeyRow[];

interface KeptSignatures {
  readonly author: string | undefined;
  readonly as: string | undefined;
  readonly configured: readonly ConfiguredSignature[];
}

/** By their settings: unless the key database has rows for the domain, the next message gets the same signatures. */
const keptSignatures = new WeakMap<SigningSettings, KeptSignatures>();

/**
 * The signatures that some settings ask for. If the key database has rows for a signing domain, each row gives
 * a signature with its selector and key, instead of those in the config.
 *
 * @param author the From domain; undefined if there is none
 * @param as sign as this domain, whatever the settings say
 */
export function configuredSignatures(
  settings: SigningSettings,
  author: string | undefined,
  lookUpRows: KeyRowLookup,
  as?: string,
): readonly ConfiguredSignature[] {
  const kept = keptSignatures.get(settings);
  if (
    kept?.author === author &&
    kept?.as === as &&
    kept?.configured.every(({ domain }) => lookUpRows(domain).length === 0)
  ) {
    return kept.configured;
  }
  const configured = newSignatures(settings, author, lookUpRows, as);
  if (!configured.some(({ inDatabase }) => inDatabase)) {
    keptSignatures.set(settings, { author, as, configured });
  }
  return configured;
}

function newSignatures(
  settings: SigningSettings,
  author: string | undefined,
  lookUpRows: KeyRowLookup,
  as: string | undefined,
): readonly ConfiguredSignature[] {
  const configured = new Map<string, ConfiguredSignature>();
  const add = (signature: ConfiguredSignature): void => {
    const name = JSON.stringify([signature.domain, signature.selector]);
    // The same domain and selector never sign twice, even if the config asks for it.
    if (!configured.has(name)) configured.set(name, signature);
  };
  const inDatabase = new Map<string, readonly KeyRow[]>();
  for (const own of settings.signatures ?? [{}]) {
    const merged: SignatureSettings = { ...settings, ...own };
    const domain = as ?? signingDomain(merged, author);
    if (domain === undefined) continue;
    const rows = inDatabase.get(domain) ?? lookUpRows(domain);
    if (rows.length === 0) {
      add(signatureOf(merged, domain, author));
    } else if (!inDatabase.has(domain)) {
      inDatabase.set(domain, rows);
      for (const row of rows) add(signatureOfRow(settings, domain, author, row));
    }
  }
  return [...configured.values()];
}

/** d=. A `baseDomain` that is not a parent of the From domain does not apply. */
function signingDomain(
  { domain, baseDomain }: Pick<SignatureSettings, ResolvedOption>,
  author: string | undefined,
): string | undefined {
  if (domain !== undefined || author === undefined) return domain;
  return baseDomain !== undefined && isSameOrSubdomain(author, baseDomain) ? baseDomain : author;
}

function signatureOf(
  settings: SignatureSettings,
  domain: string,
  author: string | undefined,
  revision = 0,
): ConfiguredSignature {
  const { selector, key, keyText, passphraseFile } = settings;
  const request =
    selector === undefined
      ? undefined
      : keyRequest({ domain, selector, key, keyText, passphraseFile, revision });
  const identity = identityOf(settings, domain, author);
  return { domain, selector, request, settings, identity, inDatabase: false };
}

function signatureOfRow(
  scope: SigningSettings,
  domain: string,
  author: string | undefined,
  { selector, keyFile, revision }: KeyRow,
): ConfiguredSignature {
  const settings = { ...scope, selector, key: keyFile, keyText: undefined };
  return { ...signatureOf(settings, domain, author, revision), inDatabase: true };
}

/**
 * i=. It is left out if its domain is not d= or below it, as RFC 6376 3.5 requires; that happens if the fallback
 * domain signs. If a parent domain signs, i= names the author's domain.
 */
function identityOf(
  { identity, baseDomain }: Pick<SignatureSettings, ResolvedOption>,
  domain: string,
  author: string | undefined,
): string | undefined {
  const own = author !== undefined && author !== domain && baseDomain === domain;
  const text = identity?.replaceAll("%{d}", author ?? domain) ?? (own ? `@${author}` : undefined);
  if (text === undefined) return undefined;
  const host = toAsciiDomain(text.slice(text.lastIndexOf("@") + 1));
  return host !== undefined && isSameOrSubdomain(host, domain) ? text : undefined;
}
