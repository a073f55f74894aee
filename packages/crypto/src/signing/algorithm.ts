export type KeyType = "rsa" | "ed25519";
export type HashName = "sha256" | "sha1";
export type AlgorithmName = "rsa-sha256" | "ed25519-sha256" | "rsa-sha1";

/** What a= stands for. Nothing else in Mailseal switches on an algorithm's name. */
export interface Algorithm {
  readonly name: AlgorithmName;
  readonly keyType: KeyType;
  /** Of the body, and of the header text (RFC 8463 3: Ed25519 signs the hash). */
  readonly hash: HashName;
  readonly hashBytes: number;
  /** RFC 8301 3.1: must not be used to sign, nor relied on. */
  readonly legacy: boolean;
}

/** Every algorithm by its name in a=. */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map(
  (
    [
      { name: "rsa-sha256", keyType: "rsa", hash: "sha256", hashBytes: 32, legacy: false },
      { name: "ed25519-sha256", keyType: "ed25519", hash: "sha256", hashBytes: 32, legacy: false },
      { name: "rsa-sha1", keyType: "rsa", hash: "sha1", hashBytes: 20, legacy: true },
    ] as const
  ).map((algorithm) => [algorithm.name, algorithm]),
);

/** The algorithm with this name, in lower case. */
export function findAlgorithm(name: string): Algorithm | undefined {
  return algorithms.get(name);
}
