/**
 * Signs in worker threads, for programs that sign in bulk. For an occasional message use `createSigner`, which
 * signs in a fifth of a millisecond: a thread takes 30 ms to start.
 *
 * ```ts
 * const pool = createSignerPool({ domain: "example.com", selector: "mail2026", key });
 * for (const message of messages) {
 *   await pool.ready();
 *   void pool.sign(message).then(send);
 * }
 * await pool.close();
 * ```
 */
import { extname } from "node:path";
import {
  argumentCheck,
  bytes as bytesRule,
  either,
  givenOptions,
  number,
  type OptionRules,
  optionsCheck,
  text,
} from "@mailseal/errors";
import { MailSyntaxError, type MailSyntaxErrorCode, messageBytes } from "@mailseal/syntax";
import {
  giveAway,
  poolLimitRules,
  threadScript,
  type PoolLimits,
  ThreadPool,
  type ThreadScript,
  transferOf,
} from "@mailseal/thread-pool";
import type { CarriedMessage } from "./carried-message.ts";
import { badOption, SigningError, type SigningErrorCode } from "./errors.ts";
import { type SignatureOptions, type SignerOptions, signerRules } from "./options.ts";
import type { PoolSetup, PoolTask } from "./pool-setup.ts";
import { PoolSigners } from "./pool-signers.ts";
import type { SignedMessage } from "./signer.ts";

export { PoolError, type PoolErrorCode, type PoolLimits } from "@mailseal/thread-pool";

/** The signature or signatures that one signer makes. */
export type Signatures = SignatureOptions | readonly SignatureOptions[];

/** A pool uses the system's clock. */
export interface SignerPoolOptions extends PoolLimits, Pick<SignerOptions, "lineEndings"> {
  /** The most named signers. One more removes the least recently used one. Default: no limit. */
  readonly maxSigners?: number;
  /**
   * For a bundled program, in which the pool cannot find the script of its threads: its URL, or a function that
   * starts a `Worker` with it. The script is the module `@mailseal/signer/pool-thread`. Default: the file beside this one.
   */
  readonly script?: ThreadScript;
}

/** Signs in worker threads. Close it when no more messages come. */
export interface SignerPool {
  /** The number of threads. */
  readonly threads: number;
  /** Number of named signers. */
  readonly size: number;
  /**
   * Signs a message in a thread, with the signer of that name, or with the one that the pool was made with. Text
   * is sent as UTF-8. An array is transferred: if it spans its whole buffer, it is empty afterwards, and `message`
   * of the result has its bytes. Rejects with a `SigningError` like that of `Signer.sign` or "unknown-signer", or with a `PoolError`
   * ("pool-full", "pool-closed", "thread-failed", "given-away"). A message that is rejected with
   * "unknown-signer" is not taken.
   */
  sign(message: string | Uint8Array, name?: string): Promise<SignedMessage>;
  /**
   * Adds a named signer, or replaces the one of that name: later messages are signed with it. Each thread
   * loads its keys once, with its first message. Throws a `SigningError`, as `createSigner` does.
   */
  set(name: string, signatures: Signatures): void;
  /**
   * Removes a named signer and returns whether there was one. Messages that `sign` has taken are still signed
   * with it; then the threads drop its keys.
   */
  delete(name: string): boolean;
  /** Whether there is a signer of that name. */
  has(name: string): boolean;
  /** Resolves when the pool has room for another message. */
  ready(): Promise<void>;
  /** Accepts no more messages, signs those it has, then ends the threads. */
  close(): Promise<void>;
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const poolRules: OptionRules<SignerPoolOptions> = {
  ...poolLimitRules,
  lineEndings: signerRules.lineEndings,
  maxSigners: number(1),
  script: threadScript,
};
const checkOptions = optionsCheck<SignerPoolOptions>("options", poolRules, badOption);
const checkMessage = argumentCheck("message", either(bytesRule, text), badOption);
const checkName = argumentCheck("name", text, badOption);

/**
 * Checks the options, as `createSigner` does, and starts the threads. Pass the options of one signer, or a map of
 * named signers, which may be empty:
 *
 * ```ts
 * const pool = createSignerPool(new Map([["example.com", { domain: "example.com", selector: "s1", key }]]));
 * pool.set("example.org", { domain: "example.org", selector: "s1", key: otherKey });
 * const { fields } = await pool.sign(message, "example.org");
 * ```
 */
export function createSignerPool(
  signers: Signatures | ReadonlyMap<string, Signatures>,
  options: SignerPoolOptions = {},
): SignerPool {
  checkOptions(options);
  const {
    lineEndings,
    maxSigners = Infinity,
    script,
    ...limits
  } = givenOptions(options, poolRules);
  // The threads are started when the options have been checked. Until then no thread has a signer to forget.
  const known = new PoolSigners(maxSigners, (id) => threads.notify(id));
  if (signers instanceof Map) {
    for (const [name, signatures] of signers as ReadonlyMap<string, Signatures>) {
      known.set(name, signatures);
    }
  } else {
    known.setUnnamed(signers as Signatures);
  }
  const threads = new ThreadPool<PoolTask, CarriedMessage, SignedMessage>({
    ...limits,
    script: script ?? new URL(`pool-thread-main${extname(import.meta.url)}`, import.meta.url),
    setup: (lineEndings === undefined ? {} : { lineEndings }) satisfies PoolSetup,
    answer: async (id) => known.carry(id as number),
    reviveValue: (carried) => known.revive(carried),
    reviveError: ({ name, code, message }) =>
      code === undefined
        ? new Error(message)
        : name === "SigningError"
          ? new SigningError(code as SigningErrorCode, message)
          : new MailSyntaxError(code as MailSyntaxErrorCode, message),
  });
  const sign = async (message: string | Uint8Array, name?: string): Promise<SignedMessage> => {
    checkMessage(message);
    if (name !== undefined) checkName(name);
    const signer = known.begin(name);
    try {
      const bytes = giveAway(messageBytes(message));
      return await threads.run([signer.id, bytes], bytes.length, transferOf(bytes));
    } finally {
      known.end(signer);
    }
  };
  return {
    threads: threads.threads,
    get size() {
      return known.size;
    },
    sign,
    set: (name, signatures) => {
      checkName(name);
      known.set(name, signatures);
    },
    delete: (name) => known.delete(name),
    has: (name) => known.has(name),
    ready: () => threads.ready(),
    close: () => threads.close(),
    [Symbol.asyncDispose]: () => threads.close(),
  };
}
