/**
 * Every algorithm of DKIM, one row each. To add one, add its row: parsing, signing, verifying, the advice on key
 * records and the config file read this table, and none of them compares names. Only a new type of key needs code,
 * in `keys/`.
 */
const rows = [
  {
    name: "rsa-sha256",
    keyType: "rsa",
    hash: "sha256",
    hashBytes: 32,
    digestInfo: "3031300d060960864801650304020105000420",
    legacy: false,
  },
  {
    name: "ed25519-sha256",
    keyType: "ed25519",
    hash: "sha256",
    hashBytes: 32,
    digestInfo: "3031300d060960864801650304020105000420",
    legacy: false,
  },
  {
    name: "rsa-sha1",
    keyType: "rsa",
    hash: "sha1",
    hashBytes: 20,
    digestInfo: "3021300906052b0e03021a05000414",
    legacy: true,
  },
] as const;

/** A name in a=: "rsa-sha256", "ed25519-sha256" or "rsa-sha1". */
export type AlgorithmName = (typeof rows)[number]["name"];
/** A type of key, as k= of a key record names it: "rsa" or "ed25519". */
export type KeyType = (typeof rows)[number]["keyType"];
/** A hash of the table of algorithms: "sha256" or "sha1". */
export type HashName = (typeof rows)[number]["hash"];
/** The algorithms that RFC 8301 3.1 forbids to sign with and to rely on. */
export type LegacyAlgorithmName = Extract<(typeof rows)[number], { readonly legacy: true }>["name"];

/** The algorithm that a= names. */
export interface Algorithm {
  /** The name in a=. */
  readonly name: AlgorithmName;
  /** The type of its keys. */
  readonly keyType: KeyType;
  /** The hash of the body and of the header text (RFC 8463 3: Ed25519 signs the hash). */
  readonly hash: HashName;
  /** The octets of the hash. */
  readonly hashBytes: number;
  /** The DigestInfo in front of the digest in an RSA signature (RFC 8017 9.2, note 1), in hexadecimal. */
  readonly digestInfo: string;
  /** RFC 8301 3.1: must not be used to sign, nor relied on. */
  readonly legacy: boolean;
}

/**
 * Every algorithm by its name in a=. Of one key type, the first is the default for signing.
 *
 * ```ts
 * algorithms.get("rsa-sha256")?.keyType; // "rsa"
 * ```
 */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map(
  rows.map((algorithm) => [algorithm.name, algorithm]),
);

/**
 * Every name, in the order of the table: the choices of an option.
 *
 * ```ts
 * algorithmNames(); // ["rsa-sha256", "ed25519-sha256", "rsa-sha1"]
 * ```
 */
export function algorithmNames(): readonly AlgorithmName[] {
  return Array.from(algorithms.values(), ({ name }) => name);
}

/**
 * The names that a receiver must allow explicitly: the choices of an option.
 *
 * ```ts
 * legacyAlgorithmNames(); // ["rsa-sha1"]
 * ```
 */
export function legacyAlgorithmNames(): readonly LegacyAlgorithmName[] {
  return algorithmNames().filter(isLegacy);
}

function isLegacy(name: AlgorithmName): name is LegacyAlgorithmName {
  return algorithms.get(name)?.legacy === true;
}

/**
 * The algorithm with this name, in lower case.
 *
 * ```ts
 * findAlgorithm("rsa-sha1")?.legacy; // true
 * ```
 */
export function findAlgorithm(name: string): Algorithm | undefined {
  return algorithms.get(name);
}

/**
 * The algorithm that signs with keys of a type unless another is asked for.
 *
 * ```ts
 * defaultAlgorithm("ed25519")?.name; // "ed25519-sha256"
 * ```
 */
export function defaultAlgorithm(keyType: KeyType): Algorithm | undefined {
  for (const algorithm of algorithms.values()) {
    if (algorithm.keyType === keyType) return algorithm;
  }
  return undefined;
}

/**
 * Whether an algorithm of the table signs with keys of this type, as k= of a key record names it.
 *
 * ```ts
 * isKeyType("rsa"); // true
 * isKeyType("dsa"); // false
 * ```
 */
export function isKeyType(text: string): text is KeyType {
  for (const { keyType } of algorithms.values()) {
    if (keyType === text) return true;
  }
  return false;
}
