/**
 * Verifies in worker threads, for programs that verify in bulk. For an occasional message use `verify`, which
 * takes a fraction of a millisecond once the key is cached: a thread takes 30 ms to start.
 *
 * ```ts
 * const pool = createVerifierPool({ keys: nodeResolver() });
 * for (const message of messages) {
 *   await pool.ready();
 *   void pool.verify(message).then(({ signatures }) => console.log(signatures.length));
 * }
 * await pool.close();
 * ```
 */
import { extname } from "node:path";
import { cachedResolver, DnsRecordError, type TxtResolver } from "@mailseal/dns-record";
import {
  givenOptions,
  objectWith,
  type OptionRules,
  optionsCheck,
  required,
} from "@mailseal/errors";
import { MailSyntaxError, type MailSyntaxErrorCode, messageBytes } from "@mailseal/syntax";
import {
  MessagePool,
  poolLimitRules,
  type PoolLimits,
  threadScript,
  type ThreadScript,
} from "@mailseal/thread-pool";
import { badOption } from "./errors.ts";
import { type VerifyOptions, verifyRules } from "./options.ts";
import type { PoolSetup } from "./pool-setup.ts";
import type { VerificationReport } from "./verdict.ts";

export { PoolError, type PoolErrorCode, type PoolLimits } from "@mailseal/thread-pool";

/** The options of a pool: those of `verify`, and the limits of its threads. */
export interface VerifierPoolOptions extends PoolLimits, Omit<VerifyOptions, "keys"> {
  /** Used in the thread that made the pool; each thread of the pool caches the keys that it has parsed. */
  readonly keys: TxtResolver;
  /**
   * For a bundled program, in which the pool cannot find the script of its threads: its URL, or a function that
   * starts a `Worker` with it. The script is the module `@mailseal/verifier/pool-thread`. Default: the file beside this one.
   */
  readonly script?: ThreadScript;
}

/** Verifies in worker threads. Close it when no more messages come. */
export interface VerifierPool {
  /** The number of threads. */
  readonly threads: number;
  /**
   * Verifies a message in a thread. Text is sent as UTF-8. An array is transferred: if it spans its whole buffer, it
   * is empty afterwards. Rejects with a `MailSyntaxError` "header-too-large", or a `PoolError` ("pool-full",
   * "pool-closed", "thread-failed", "given-away"), or with a `DnsRecordError` "invalid-option" if the resolver answers
   * with no `TxtAnswer`; never for what the message or DNS contains.
   */
  verify(message: string | Uint8Array): Promise<VerificationReport>;
  /** Resolves when the pool has room for another message. */
  ready(): Promise<void>;
  /** Accepts no more messages, verifies those it has, then ends the threads. */
  close(): Promise<void>;
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const poolRules: OptionRules<VerifierPoolOptions> = {
  ...verifyRules,
  ...poolLimitRules,
  script: threadScript,
  keys: required(objectWith("a TxtResolver, such as nodeResolver()", "resolveTxt")),
};
const checkOptions = optionsCheck<VerifierPoolOptions>("options", poolRules, badOption);

/**
 * Starts the threads. Throws a `VerificationError` "bad-option".
 *
 * ```ts
 * const pool = createVerifierPool({ keys: nodeResolver(), threads: 4 });
 * const { signatures } = await pool.verify(message);
 * await pool.close();
 * ```
 */
export function createVerifierPool(options: VerifierPoolOptions): VerifierPool {
  checkOptions(options);
  const { keys, script, threads, maxQueued, maxQueuedBytes, ...setup } = givenOptions(
    options,
    poolRules,
  );
  const resolver = cachedResolver(keys);
  const pool = new MessagePool<VerificationReport>({
    ...(threads === undefined ? {} : { threads }),
    ...(maxQueued === undefined ? {} : { maxQueued }),
    ...(maxQueuedBytes === undefined ? {} : { maxQueuedBytes }),
    script: script ?? new URL(`pool-thread-main${extname(import.meta.url)}`, import.meta.url),
    setup: setup satisfies PoolSetup,
    answer: (name) => resolver.resolveTxt(String(name)),
    reviveError: ({ name, code, message }) =>
      code === undefined
        ? new Error(message)
        : name === "DnsRecordError"
          ? new DnsRecordError("invalid-option", message)
          : new MailSyntaxError(code as MailSyntaxErrorCode, message),
  });
  return {
    threads: pool.threads,
    verify: (message) => pool.give(messageBytes(message)),
    ready: () => pool.ready(),
    close: () => pool.close(),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}
