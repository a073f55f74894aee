import { type Algorithm, hash, type PublicKey, recoverDigest, verify } from "@mailseal/crypto";
import type { Budget } from "../budget.ts";

/** Tests whether a text is the signed one. */
export class HeaderTest {
  readonly #algorithm: Algorithm;
  readonly #keys: readonly PublicKey[];
  readonly #signature: Uint8Array;
  readonly #budget: Budget;
  /** The digest that an RSA signature reveals: with it, a test costs a hash instead of a verification. */
  readonly #digest: Uint8Array | undefined;

  constructor(
    algorithm: Algorithm,
    keys: readonly PublicKey[],
    signature: Uint8Array,
    budget: Budget,
  ) {
    this.#algorithm = algorithm;
    this.#keys = keys;
    this.#signature = signature;
    this.#budget = budget;
    this.#digest = keys
      .map((key) => recoverDigest(key, signature))
      .find((recovered) => recovered?.hash === algorithm.hash)?.digest;
  }

  /** Whether one of the keys made the signature. Only RSA shows this without the signed text. */
  get keyFits(): boolean | "unknown" {
    return this.#algorithm.keyType === "rsa" ? this.#digest !== undefined : "unknown";
  }

  /** Whether the budget is used up. */
  get isOver(): boolean {
    return !this.#budget.hasTime();
  }

  /** The proof of a match, for the evidence of a cause. */
  get proof(): string {
    return this.#digest === undefined
      ? "the signature verifies"
      : "the hash of the header matches the one in the signature";
  }

  /** Also false if the budget is used up. */
  matches(text: string): boolean {
    if (!this.#budget.take()) {
      return false;
    }
    const bytes = Buffer.from(text, "latin1");
    const { name, hash: hashName } = this.#algorithm;
    return this.#digest === undefined
      ? this.#algorithm.keyType === "ed25519" &&
          this.#keys.some((key) => verify(name, key, bytes, this.#signature))
      : Buffer.compare(hash(hashName, bytes), this.#digest) === 0;
  }
}
