import type { SignatureSettings, SigningSettings } from "@mailseal/config";
import { findAlgorithm, type PrivateKey } from "@mailseal/crypto";
import type { SignatureOptions } from "@mailseal/signer";
import { isSameOrSubdomain, toAsciiDomain } from "@mailseal/syntax";
import type { KeyRow } from "../keys/key-database.ts";
import { type KeyRequest, keyRequest } from "../keys/key-request.ts";

/** A signature that the config asks for, before its key is at hand. */
export interface ConfiguredSignature {
  readonly domain: string;
  /** Undefined where no scope names one. */
  readonly selector: string | undefined;
  /** Undefined where no scope names a key. */
  readonly request: KeyRequest | undefined;
  readonly settings: SignatureSettings;
  readonly identity: string | undefined;
  /** Its selector and key are of the key database. */
  readonly inDatabase: boolean;
}

/** Where the key database is asked. */
export type KeyRowLookup = (domain: string) => readonly KeyRow[];

interface KeptSignatures {
  readonly author: string | undefined;
  readonly as: string | undefined;
  readonly configured: readonly ConfiguredSignature[];
}

/** By the settings they are made of; where the key database says nothing, the next message's are the same. */
const keptSignatures = new WeakMap<SigningSettings, KeptSignatures>();

/**
 * The signatures that some settings ask for. Where a signing domain stands in the key database, its
 * selectors and keys there are used, a signature each, in place of those of the config.
 *
 * @param author the From domain; undefined where there is none
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
    // Never two signatures of one domain and selector, however it came to that.
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

/** d=. A `baseDomain` that is no parent of the From domain says nothing on it. */
function signingDomain(
  { domain, baseDomain }: SignatureSettings,
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
 * i=. One that is not d= or below it, as where the fallback domain signs, is left out: RFC 6376 3.5 demands it.
 * A parent that signs says whose mail it is.
 */
function identityOf(
  { identity, baseDomain }: SignatureSettings,
  domain: string,
  author: string | undefined,
): string | undefined {
  const own = author !== undefined && author !== domain && baseDomain === domain;
  const text = identity?.replaceAll("%{d}", author ?? domain) ?? (own ? `@${author}` : undefined);
  if (text === undefined) return undefined;
  const host = toAsciiDomain(text.slice(text.lastIndexOf("@") + 1));
  return host !== undefined && isSameOrSubdomain(host, domain) ? text : undefined;
}

/** What the signer is told, for a key that was found. */
export function signatureOptions(
  { domain, selector = "", settings, identity, inDatabase }: ConfiguredSignature,
  key: PrivateKey,
): SignatureOptions {
  const { expireAfter, ...given } = settings;
  // The key in the table may be of another type than that of the config, which it replaces.
  const algorithm =
    inDatabase && findAlgorithm(given.algorithm ?? "")?.keyType !== key.type
      ? undefined
      : given.algorithm;
  const expireAfterSeconds =
    expireAfter === undefined || expireAfter === 0
      ? undefined
      : Math.max(1, Math.round(expireAfter / 1000));
  const { canonicalization, headers, oversign, skip, bodyLength, copyHeaders } = given;
  const { minimumRsaBits, testing, fieldOrder, fields } = given;
  return {
    domain,
    selector,
    key,
    ...definedOnly({ algorithm, canonicalization, headers, oversign, skip, identity }),
    ...definedOnly({ expireAfterSeconds, bodyLength, copyHeaders, minimumRsaBits, testing }),
    ...definedOnly({ fieldOrder, fields }),
  };
}

type Defined<Options> = { [Name in keyof Options]?: Exclude<Options[Name], undefined> };

function definedOnly<Options extends object>(options: Options): Defined<Options> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Defined<Options>;
}
