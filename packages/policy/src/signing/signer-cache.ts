import type { SigningSettings } from "@mailseal/config";
import { createSigner, type SignatureOptions, type Signer, SigningError } from "@mailseal/signer";
import { signatureOptions } from "./signer-options.ts";
import type { FailedSignature, UsableSignature } from "./usable-signature.ts";

/** A signer for the keys that can be used; it makes `signatures` in their order. */
export interface ReadySigner {
  readonly signer: Signer | undefined;
  readonly signatures: readonly UsableSignature[];
  /** The keys that do not fit the options of the config. */
  readonly failed: readonly FailedSignature[];
}

interface Kept {
  readonly asked: readonly UsableSignature[];
  readonly ready: ReadySigner;
}

/**
 * Signers by the settings that they were made from: a message with the same settings and keys as an earlier one
 * reuses its signer. Settings that a hook has changed are a new object each time, and their signer is collected
 * with them.
 */
export class SignerCache {
  readonly #kept = new WeakMap<SigningSettings, Kept>();
  readonly #now: () => number;

  /** `now`: Unix seconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  readyFor(settings: SigningSettings, asked: readonly UsableSignature[]): ReadySigner {
    const kept = this.#kept.get(settings);
    if (kept !== undefined && areSame(kept.asked, asked)) {
      return kept.ready;
    }
    const ready = this.#make(asked);
    this.#kept.set(settings, { asked, ready });
    return ready;
  }

  #make(asked: readonly UsableSignature[]): ReadySigner {
    const signatures: UsableSignature[] = [];
    const failed: FailedSignature[] = [];
    for (const signature of asked) {
      const { configured } = signature;
      const options = optionsOf(signature);
      const reason = objection(options);
      if (reason === undefined) signatures.push(signature);
      else
        failed.push(isOfDomain(options) ? noDomain(configured, reason) : unfit(configured, reason));
    }
    const signer =
      signatures.length === 0
        ? undefined
        : createSigner(signatures.map(optionsOf), {
            now: this.#now,
            // The front end sends the message as it is, and has decided about its line endings.
            lineEndings: "keep",
            // Front ends send every message with CRLF, whatever its own lines end with.
            fieldLineEndings: "crlf",
          });
    return { signer, signatures, failed };
  }
}

function unfit(configured: UsableSignature["configured"], objected: string): FailedSignature {
  const place = configured.request?.place;
  const from = place?.kind === "file" ? JSON.stringify(place.path) : "keyText";
  return {
    configured,
    skip: "key-unusable",
    status: "unusable",
    reason: `${from}: ${objected}`,
    remedy:
      "put the key there that DNS has the other half of, or correct the options of the domain",
  };
}

/** Whether the domain is at fault and not the key, as for a message from "root@localhost". */
function isOfDomain({ identity: _identity, ...options }: SignatureOptions): boolean {
  return objection({ ...options, domain: "example.com" }) === undefined;
}

function noDomain(configured: UsableSignature["configured"], objected: string): FailedSignature {
  return {
    configured,
    skip: "no-key",
    status: "no-domain",
    reason: `nothing can be signed as ${configured.domain}: ${objected}`,
    remedy: "send with a domain of your own in From, or set signing.fallbackDomain",
  };
}

/** Why nothing can be signed with these options: for example a key that is too short or of the wrong type. */
function objection(options: SignatureOptions): string | undefined {
  try {
    createSigner(options);
    return undefined;
  } catch (error) {
    if (error instanceof SigningError) return error.message;
    throw error;
  }
}

function optionsOf({ configured, key }: UsableSignature): SignatureOptions {
  return signatureOptions(configured, key);
}

function areSame(some: readonly UsableSignature[], others: readonly UsableSignature[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ configured, selector, key }, index) => {
      const other = others[index];
      return (
        key === other?.key &&
        selector === other.selector &&
        configured.domain === other.configured.domain &&
        configured.identity === other.configured.identity &&
        configured.inDatabase === other.configured.inDatabase
      );
    })
  );
}
