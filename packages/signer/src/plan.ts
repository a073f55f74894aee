import {
  type Algorithm,
  algorithms,
  defaultAlgorithm,
  findAlgorithm,
  KeyError,
  isPrivateKey,
  loadPrivateKey,
  type PrivateKey,
} from "@mailseal/crypto";
import { givenOptions, MailsealError, quoted, received } from "@mailseal/errors";
import {
  type Canonicalization,
  canonicalizationPairs,
  formatSignatureField,
  isSameOrSubdomain,
  selectorInRecordName,
  toAsciiDomain,
} from "@mailseal/syntax";
import { SigningError } from "./errors.ts";
import { type FieldPlan, planFields } from "./field-selection.ts";
import { checkSignatureOptions, type SignatureOptions, signatureRules } from "./options.ts";

/** Options that have been checked once, for any number of messages. */
export interface SignaturePlan {
  readonly domain: string;
  readonly selector: string;
  readonly key: PrivateKey;
  readonly algorithm: Algorithm;
  readonly headerCanonicalization: Canonicalization;
  readonly bodyCanonicalization: Canonicalization;
  readonly fields: FieldPlan;
  readonly identity: string | undefined;
  readonly timestamp: number | "now" | "omit";
  readonly expireAfterSeconds: number | undefined;
  /** Octets of the canonical body to sign; Infinity signs all of it and states the length in l=. */
  readonly bodyLength: number | undefined;
  /** Without the key, which may be text. */
  readonly options: Omit<SignatureOptions, "key">;
}

const minimumRsaBits = 2048;
const canonicalizations: ReadonlyMap<string, readonly [Canonicalization, Canonicalization]> =
  new Map(
    canonicalizationPairs.map((pair) => [
      pair,
      pair.split("/") as [Canonicalization, Canonicalization],
    ]),
  );

/** Checks the options. Throws a `SigningError` that says what was expected. */
export function planSignatures(
  signatures: SignatureOptions | readonly SignatureOptions[],
): readonly SignaturePlan[] {
  const all: readonly SignatureOptions[] = Array.isArray(signatures) ? signatures : [signatures];
  if (all.length === 0) {
    throw new SigningError(
      "no-signature",
      "there are no signatures to make: pass the options of at least one",
    );
  }
  return all.map((options, index) =>
    planSignature(options, all === signatures ? `signatures[${index}]` : ""),
  );
}

/** `path`: the place of the options among several. */
export function planSignature(given: SignatureOptions, path = ""): SignaturePlan {
  checkSignatureOptions(given, path);
  const { key: givenKey, ...options } = givenOptions(given, signatureRules);
  const key = loadedKey(givenKey);
  const author = checkDomain("domain", options.domain);
  const domain =
    options.baseDomain === undefined ? author : checkBaseDomain(options.baseDomain, author);
  const canonicalization = canonicalizations.get(options.canonicalization ?? "relaxed/relaxed");
  if (canonicalization === undefined) {
    throw new SigningError(
      "unknown-canonicalization",
      `canonicalization: expected one of ${canonicalizationPairs.join(", ")}, got ${quoted(options.canonicalization ?? "")}`,
    );
  }
  checkKeyLength(key, options.minimumRsaBits ?? minimumRsaBits);
  const plan: SignaturePlan = {
    domain,
    selector: checkSelector(options.selector),
    key,
    algorithm: chooseAlgorithm(options.algorithm, key),
    headerCanonicalization: canonicalization[0],
    bodyCanonicalization: canonicalization[1],
    fields: planFields(options),
    identity: chooseIdentity(options, domain, author),
    timestamp: options.timestamp ?? "now",
    expireAfterSeconds: checkExpiration(options),
    bodyLength: chooseBodyLength(options.bodyLength),
    options,
  };
  checkWritable(plan);
  return plan;
}

/** Rejects values that cannot be written into a field, before the first message is signed. */
function checkWritable({ options, identity, ...plan }: SignaturePlan): void {
  try {
    formatSignatureField({
      ...plan,
      algorithm: plan.algorithm.name,
      signedFields: ["From"],
      bodyHash: new Uint8Array(plan.algorithm.hashBytes),
      ...(identity === undefined ? {} : { identity }),
      ...(options.queryMethods === undefined ? {} : { queryMethods: options.queryMethods }),
      ...(options.extraTags === undefined ? {} : { extraTags: options.extraTags }),
      timestamp: 0,
      bodyLength: 0,
    });
  } catch (error) {
    throw error instanceof MailsealError ? new SigningError("bad-option", error.message) : error;
  }
}

function checkDomain(option: string, text: string): string {
  const domain = toAsciiDomain(text);
  if (domain === undefined) {
    throw new SigningError(
      "bad-domain",
      `${option}: expected a domain name such as example.com, got ${received(text)}`,
    );
  }
  return domain;
}

function checkBaseDomain(text: string, author: string): string {
  const base = checkDomain("baseDomain", text);
  if (!isSameOrSubdomain(author, base)) {
    throw new SigningError(
      "bad-domain",
      `baseDomain: expected ${author} or a parent of it, got ${base}`,
    );
  }
  return base;
}

function checkSelector(text: string): string {
  const meant = selectorInRecordName(text);
  if (meant !== undefined) {
    throw new SigningError(
      "bad-selector",
      `selector: expected the part before ._domainkey, got ${received(text)}; did you mean ${quoted(meant)}?`,
    );
  }
  const selector = toAsciiDomain(text);
  if (selector === undefined) {
    throw new SigningError(
      "bad-selector",
      `selector: expected letters, digits, hyphens and dots such as mail2026, got ${received(text)}`,
    );
  }
  return selector;
}

/** Throws the `KeyError` of `loadPrivateKey`, with the name of the option. */
function loadedKey(key: SignatureOptions["key"]): PrivateKey {
  if (isPrivateKey(key)) return key;
  try {
    return loadPrivateKey(key);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const hint = error.code === "key-encrypted" ? ", with loadPrivateKey(key, { passphrase })" : "";
    // The parameter of loadPrivateKey has another name.
    const reason = error.message.replace(/^(?:input|key): /, "");
    throw new KeyError(error.code, `key: ${reason}${hint}`);
  }
}

function chooseAlgorithm(name: SignatureOptions["algorithm"], key: PrivateKey): Algorithm {
  const algorithm = name === undefined ? defaultAlgorithm(key.type) : findAlgorithm(name);
  if (algorithm === undefined) {
    throw new SigningError(
      "unknown-algorithm",
      `algorithm: expected one of ${[...algorithms.keys()].join(", ")}, got ${quoted(name ?? "")}`,
    );
  }
  if (algorithm.keyType !== key.type) {
    throw new SigningError(
      "algorithm-mismatch",
      `algorithm: expected one for keys of type ${key.type}, got ${algorithm.name}, which needs type ${algorithm.keyType}; leave algorithm out to use the default of the key`,
    );
  }
  return algorithm;
}

function checkKeyLength(key: PrivateKey, minimumBits: number): void {
  if (key.type === "rsa" && key.bits < minimumBits) {
    throw new SigningError(
      "key-too-short",
      `expected an RSA key of at least ${minimumBits} bits (RFC 8301 3.2), got ${key.bits}; make a longer key, or lower minimumRsaBits to use this one`,
    );
  }
}

function chooseIdentity(
  options: SignaturePlan["options"],
  domain: string,
  author: string,
): string | undefined {
  const text = options.identity ?? (author === domain ? undefined : `@${author}`);
  if (text === undefined) {
    return undefined;
  }
  const at = text.lastIndexOf("@");
  const host = at < 0 ? undefined : toAsciiDomain(text.slice(at + 1));
  if (host === undefined) {
    throw new SigningError(
      "bad-identity",
      `identity: expected user@${domain} or @${domain}, got ${received(text)}`,
    );
  }
  if (!isSameOrSubdomain(host, domain)) {
    throw new SigningError(
      "identity-mismatch",
      `identity: expected a domain that is ${domain} or below it (RFC 6376 3.5), got ${host}`,
    );
  }
  return text.slice(0, at + 1) + host;
}

function checkExpiration({
  expireAfterSeconds,
  timestamp,
}: SignaturePlan["options"]): number | undefined {
  if (expireAfterSeconds === undefined) {
    return undefined;
  }
  if (timestamp === "omit") {
    throw new SigningError(
      "bad-expiration",
      'expireAfterSeconds: expected a timestamp to count from, got timestamp "omit"; remove timestamp or set it to a number',
    );
  }
  return expireAfterSeconds;
}

function chooseBodyLength(bodyLength: SignatureOptions["bodyLength"]): number | undefined {
  if (bodyLength === undefined || bodyLength === false) {
    return undefined;
  }
  if (bodyLength === true) {
    return Infinity;
  }
  return bodyLength;
}
