import { algorithms } from "@mailseal/crypto/algorithms";
import { checkValue } from "../text/argument-checks.ts";
import { decodeBase64View } from "../text/base64.ts";
import { decodeUtf8Text } from "../text/utf8.ts";
import {
  canonicalizations,
  type DkimSignature,
  type PartialSignature,
  type SignatureErrorCode,
  type SignatureParse,
} from "./dkim-signature.ts";
import {
  type CopiedField,
  MAX_LENGTH_DIGITS,
  MAX_TIME_DIGITS,
  readColonList,
  readCopiedFields,
  readDigits,
  readIdentity,
  readKeyLocation,
  signatureTagNames,
} from "./signature-values.ts";
import { type Tag, type TagList, parseTagList } from "./tag-list.ts";

/**
 * Reads the value of a DKIM-Signature field (RFC 6376 3.5, 6.1.1).
 *
 * ```ts
 * for (const field of message.byKey.get("dkim-signature") ?? []) {
 *   const parsed = parseSignature(fieldValue(message, field));
 *   console.log(parsed.ok ? parsed.signature.domain : parsed.reason);
 * }
 * ```
 *
 * @param value latin1 text after the colon, one character per byte, folds and all, so that the offsets in the
 * result are byte offsets.
 *
 * Never throws; linear in time. Any error in a known tag, even `z=`, makes the whole signature unusable, as
 * 6.1.1 requires. Whether it has expired, and whether its algorithm may be used, is for the verifier to
 * decide.
 */
export function parseSignature(value: string): SignatureParse {
  checkValue(value);
  const tags = parseTagList(value);
  const read = tags.ok ? readSignature(value, tags) : new Refusal(tags.code, tags.reason);
  if (read instanceof Refusal) {
    return { ok: false, code: read.code, reason: read.reason, partial: readPartial(tags) };
  }
  return { ok: true, signature: read };
}

/** The result of a reader of tags that refuses the signature. */
class Refusal {
  readonly code: SignatureErrorCode;
  readonly reason: string;

  constructor(code: SignatureErrorCode, reason: string) {
    this.code = code;
    this.reason = reason;
  }
}

const REQUIRED = ["a", "b", "bh", "d", "h", "s"] as const;
/** Tags whose empty value has a code of its own: no signature, no hash, no list of fields. */
const OWN_EMPTY_CODE: ReadonlySet<string> = new Set(["b", "bh", "h"]);

function readSignature(text: string, tags: TagList): DkimSignature | Refusal {
  const valueOf = (name: string): string => tags.get(name)?.value ?? "";
  const refused = checkPresence(tags);
  if (refused !== undefined) return refused;

  const algorithm = valueOf("a").toLowerCase();
  const bodyHashSize = algorithms.get(algorithm)?.hashBytes;
  if (bodyHashSize === undefined) {
    return new Refusal("bad-algorithm", `a= is none of ${[...algorithms.keys()].join(", ")}`);
  }
  const canonicalization = readCanonicalization(tags.get("c")?.value ?? "simple/simple");
  if (canonicalization instanceof Refusal) return canonicalization;
  const key = readKeyLocation(valueOf("d"), valueOf("s"));
  if (key === "bad-domain") return new Refusal(key, "d= is no domain name");
  if (key === "bad-selector") return new Refusal(key, "s= is no selector");
  const signed = readSignedFields(text, tags.get("h"));
  if (signed instanceof Refusal) return signed;
  const identity = readIdentityTag(tags.get("i")?.value, key.domain);
  if (identity instanceof Refusal) return identity;
  const limits = readLimits(text, tags);
  if (limits instanceof Refusal) return limits;
  const hashes = readHashes(valueOf("bh"), valueOf("b"), bodyHashSize);
  if (hashes instanceof Refusal) return hashes;
  const copied = readCopiedTag(tags.get("z")?.value);
  if (copied instanceof Refusal) return copied;

  const b = tags.get("b");
  const signature: Mutable<DkimSignature> = {
    algorithm,
    signature: hashes.signature,
    bodyHash: hashes.bodyHash,
    headerCanonicalization: canonicalization.headerCanonicalization,
    bodyCanonicalization: canonicalization.bodyCanonicalization,
    domain: key.domain,
    selector: key.selector,
    signedFields: signed.signedFields,
    signedFieldNames: signed.signedFieldNames,
    identity: identity.identity,
    identityDomain: identity.identityDomain,
    queryMethods: limits.queryMethods,
    tags,
    signatureStart: b?.start ?? 0,
    signatureEnd: b?.end ?? 0,
  };
  if (limits.timestamp !== undefined) signature.timestamp = limits.timestamp;
  if (limits.expiration !== undefined) signature.expiration = limits.expiration;
  if (limits.bodyLength !== undefined) signature.bodyLength = limits.bodyLength;
  if (copied !== undefined) signature.copiedFields = copied;
  return signature;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

function checkPresence(tags: TagList): Refusal | undefined {
  const version = tags.get("v")?.value;
  if (version === undefined) return new Refusal("missing-tag", "the tag v= is missing");
  if (version !== "1" && version !== "") return new Refusal("bad-version", "v= is not 1");
  for (const name of REQUIRED) {
    if (tags.get(name) === undefined) {
      return new Refusal("missing-tag", `the tag ${name}= is missing`);
    }
  }
  for (const { name, value } of tags.tags) {
    if (value === "" && signatureTagNames.has(name) && !OWN_EMPTY_CODE.has(name)) {
      return new Refusal("empty-tag", `the tag ${name}= is empty`);
    }
  }
  return undefined;
}

type Canonicalizations = Pick<DkimSignature, "headerCanonicalization" | "bodyCanonicalization">;

/** By c= in lower case. If only the header's is given, the body's is "simple". */
const CANONICALIZATIONS: ReadonlyMap<string, Canonicalizations> = new Map(
  canonicalizations.flatMap((headerCanonicalization) =>
    (["", ...canonicalizations] as const).map((body): [string, Canonicalizations] => [
      body === "" ? headerCanonicalization : `${headerCanonicalization}/${body}`,
      { headerCanonicalization, bodyCanonicalization: body === "" ? "simple" : body },
    ]),
  ),
);

function readCanonicalization(value: string): Canonicalizations | Refusal {
  return (
    CANONICALIZATIONS.get(value.toLowerCase()) ??
    new Refusal("bad-canonicalization", 'c= is not "simple" or "relaxed", or two with a "/"')
  );
}

type SignedFields = Pick<DkimSignature, "signedFields" | "signedFieldNames">;

function readSignedFields(text: string, tag: Tag | undefined): SignedFields | Refusal {
  const names = readColonList(text, tag?.start ?? 0, tag?.end ?? 0);
  if (names === undefined) {
    return new Refusal("bad-header-list", "h= is no list of field names separated by colons");
  }
  const signedFields = names.map(({ key }) => key);
  if (!signedFields.includes("from")) {
    return new Refusal("from-not-signed", "h= does not name From (RFC 6376 5.4)");
  }
  return { signedFields, signedFieldNames: names.map(({ name }) => name) };
}

type IdentityTag = Pick<DkimSignature, "identity" | "identityDomain">;

function readIdentityTag(value: string | undefined, domain: string): IdentityTag | Refusal {
  if (value === undefined) return { identity: `@${domain}`, identityDomain: domain };
  const read = readIdentity(value, domain);
  if (read === "bad-identity") {
    return new Refusal(read, 'i= is no quoted-printable [local part] "@" domain');
  }
  if (read === "identity-mismatch") {
    return new Refusal(read, "the domain of i= is neither d= nor below it");
  }
  return { identity: read.identity, identityDomain: read.domain };
}

interface Limits {
  readonly queryMethods: readonly string[];
  readonly timestamp: number | undefined;
  readonly expiration: number | undefined;
  readonly bodyLength: number | undefined;
}

const DEFAULT_QUERY: readonly string[] = ["dns/txt"];

function readLimits(text: string, tags: TagList): Limits | Refusal {
  const query = tags.get("q");
  const queryMethods =
    query === undefined
      ? DEFAULT_QUERY
      : readColonList(text, query.start, query.end)?.map(({ key }) => key);
  if (queryMethods === undefined || !queryMethods.includes("dns/txt")) {
    return new Refusal("bad-query", "q= is no list of query methods with dns/txt among them");
  }
  const timestamp = readNumber(tags, "t", MAX_TIME_DIGITS);
  if (timestamp === "malformed") {
    return new Refusal("bad-timestamp", `t= is not 1 to ${MAX_TIME_DIGITS} decimal digits`);
  }
  const expiration = readNumber(tags, "x", MAX_TIME_DIGITS);
  if (expiration === "malformed") {
    return new Refusal("bad-expiration", `x= is not 1 to ${MAX_TIME_DIGITS} decimal digits`);
  }
  if (timestamp !== undefined && expiration !== undefined && expiration <= timestamp) {
    return new Refusal("expires-before-signed", "x= is not later than t=");
  }
  const bodyLength = readNumber(tags, "l", MAX_LENGTH_DIGITS);
  if (bodyLength === "malformed") {
    return new Refusal("bad-body-length", `l= is not 1 to ${MAX_LENGTH_DIGITS} decimal digits`);
  }
  return { queryMethods, timestamp, expiration, bodyLength };
}

function readNumber(
  tags: TagList,
  name: string,
  maxDigits: number,
): number | "malformed" | undefined {
  const tag = tags.get(name);
  return tag === undefined ? undefined : (readDigits(tag.value, maxDigits) ?? "malformed");
}

type Hashes = Pick<DkimSignature, "bodyHash" | "signature">;

function readHashes(bh: string, b: string, size: number): Hashes | Refusal {
  const bodyHash = decodeBase64View(bh);
  const signature = decodeBase64View(b);
  if (bodyHash === undefined) {
    return new Refusal("bad-body-hash", "bh= is no canonical base64, so that no body can match it");
  }
  if (bodyHash.length === 0) return new Refusal("bad-base64", "bh= is empty");
  if (signature === undefined || signature.length === 0) {
    return new Refusal("bad-base64", "b= is empty or no canonical base64");
  }
  if (bodyHash.length !== size) {
    return new Refusal("body-hash-length", `bh= has ${bodyHash.length} octets, a= needs ${size}`);
  }
  return { bodyHash, signature };
}

function readCopiedTag(value: string | undefined): readonly CopiedField[] | Refusal | undefined {
  if (value === undefined) return undefined;
  return (
    readCopiedFields(value) ??
    new Refusal("bad-copied-fields", 'z= is no list of name ":" quoted-printable value')
  );
}

/** The longest valid identity: 64 octets, "@", 255 octets. Longer values are not worth showing. */
const MAX_PARTIAL_LENGTH = 320;

function readPartial(tags: TagList): PartialSignature {
  const shown = (key: keyof PartialSignature, name: string): PartialSignature => {
    const value = tags.get(name)?.value ?? "";
    if (value === "" || value.length > MAX_PARTIAL_LENGTH) return {};
    return { [key]: (decodeUtf8Text(value) ?? value).replaceAll(/[\r\n]/g, "") };
  };
  return {
    ...shown("domain", "d"),
    ...shown("selector", "s"),
    ...shown("algorithm", "a"),
    ...shown("identity", "i"),
    ...shown("canonicalization", "c"),
  };
}
