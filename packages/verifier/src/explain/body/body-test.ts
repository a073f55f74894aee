import { canonicalizeBody, hashBody } from "@mailseal/canonicalization";
import type { Algorithm } from "@mailseal/crypto";
import type { Canonicalization, DkimSignature } from "@mailseal/syntax";
import type { Budget } from "../budget.ts";

/** Tests whether a body is the signed one, whose hash is bh=. Bodies are latin1 text. */
export class BodyTest {
  readonly canonicalization: Canonicalization;
  readonly algorithm: Algorithm;
  /** l=, if the signature has it. */
  readonly length: number | undefined;
  readonly #expected: Uint8Array;
  readonly #budget: Budget;

  constructor(
    signature: DkimSignature,
    algorithm: Algorithm,
    canonicalization: Canonicalization,
    budget: Budget,
  ) {
    this.canonicalization = canonicalization;
    this.algorithm = algorithm;
    this.length = signature.bodyLength;
    this.#expected = signature.bodyHash;
    this.#budget = budget;
  }

  /** Also false if the budget is used up. */
  matches(body: string): boolean {
    if (!this.#budget.take()) {
      return false;
    }
    const { canonicalization, length } = this;
    const result = hashBody(Buffer.from(body, "latin1"), {
      canonicalization,
      hash: this.algorithm.hash,
      ...(length === undefined ? {} : { length }),
    });
    return (
      this.isExpected(result.digest) && (length === undefined || length <= result.canonicalBytes)
    );
  }

  isExpected(digest: Uint8Array): boolean {
    return Buffer.compare(digest, this.#expected) === 0;
  }

  canonical(body: string): string {
    const bytes = canonicalizeBody(Buffer.from(body, "latin1"), this.canonicalization);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
}
