import { quoted } from "@mailseal/errors";
import { type CarriedMessage, messageReviver } from "./carried-message.ts";
import { SigningError } from "./errors.ts";
import type { SignatureOptions } from "./options.ts";
import { planSignatures, type SignaturePlan } from "./plan.ts";
import type { CarriedSignatures } from "./pool-setup.ts";
import type { SignedMessage } from "./signer.ts";

/** Options that were checked, and the number that the threads know them by. */
export interface PoolSigner {
  readonly id: number;
  readonly plans: readonly SignaturePlan[];
  readonly revive: (carried: CarriedMessage) => SignedMessage;
  /** Messages that wait for their signature. */
  pending: number;
  /** Whether a thread may have asked for it. */
  used: boolean;
  removed: boolean;
}

/**
 * The signers of a pool by name. A thread asks for the signer of its first message; when a signer has been removed
 * and its last message is signed, all threads forget it.
 */
export class PoolSigners {
  /** The least recently used one first, if their number is limited. */
  readonly #named = new Map<string, PoolSigner>();
  readonly #byId = new Map<number, PoolSigner>();
  readonly #maxSigners: number;
  readonly #forget: (id: number) => void;
  #unnamed: PoolSigner | undefined;
  #nextId = 0;

  constructor(maxSigners: number, forget: (id: number) => void) {
    this.#maxSigners = maxSigners;
    this.#forget = forget;
  }

  get size(): number {
    return this.#named.size;
  }

  has(name: string): boolean {
    return this.#named.has(name);
  }

  /** The signer of messages that name none. */
  setUnnamed(signatures: SignatureOptions | readonly SignatureOptions[]): void {
    this.#unnamed = this.#add(signatures);
  }

  set(name: string, signatures: SignatureOptions | readonly SignatureOptions[]): void {
    const signer = this.#add(signatures);
    this.delete(name);
    this.#named.set(name, signer);
    for (const [oldest] of this.#named) {
      if (this.#named.size <= this.#maxSigners) break;
      this.delete(oldest);
    }
  }

  delete(name: string): boolean {
    const signer = this.#named.get(name);
    if (signer === undefined) return false;
    this.#named.delete(name);
    signer.removed = true;
    this.#release(signer);
    return true;
  }

  /** The signer of a message, which is kept until `end` is called. Throws a `SigningError` "unknown-signer". */
  begin(name: string | undefined): PoolSigner {
    const signer = name === undefined ? this.#unnamed : this.#named.get(name);
    if (signer === undefined) throw unknownSigner(name);
    if (name !== undefined && this.#maxSigners !== Infinity) {
      this.#named.delete(name);
      this.#named.set(name, signer);
    }
    signer.pending += 1;
    signer.used = true;
    return signer;
  }

  end(signer: PoolSigner): void {
    signer.pending -= 1;
    this.#release(signer);
  }

  revive(carried: CarriedMessage): SignedMessage {
    const [id] = carried;
    const signer = this.#byId.get(id);
    if (signer === undefined) throw new Error(`the pool has no signer ${id}`);
    return signer.revive(carried);
  }

  /** What a thread needs to make the signer. */
  carry(id: number): CarriedSignatures | undefined {
    return this.#byId.get(id)?.plans.map(({ options, key }) => [options, key.toKeyObject()]);
  }

  #add(signatures: SignatureOptions | readonly SignatureOptions[]): PoolSigner {
    const plans = planSignatures(signatures);
    const signer: PoolSigner = {
      id: this.#nextId++,
      plans,
      revive: messageReviver(plans),
      pending: 0,
      used: false,
      removed: false,
    };
    this.#byId.set(signer.id, signer);
    return signer;
  }

  #release(signer: PoolSigner): void {
    if (!signer.removed || signer.pending > 0) return;
    this.#byId.delete(signer.id);
    if (signer.used) this.#forget(signer.id);
  }
}

function unknownSigner(name: string | undefined): SigningError {
  return new SigningError(
    "unknown-signer",
    name === undefined
      ? "expected the name of a signer, because the pool was made with named signers: call sign(message, name)"
      : `the pool has no signer ${quoted(name)}: call set(name, signatures) first, and again if maxSigners removed it`,
  );
}
