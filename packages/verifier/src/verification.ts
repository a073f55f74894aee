import { BodyHasherSet, type BodyHashHandle } from "@mailseal/canonicalization";
import { type KeyLookup, type KeySource, keySource } from "@mailseal/dns-record";
import { argumentCheck, bytes } from "@mailseal/errors";
import {
  encodeBase64,
  fromMailboxes,
  isSplitMessage,
  type Message,
  MessageReader,
} from "@mailseal/syntax";
import { alignmentOf } from "./alignment.ts";
import { type CandidateSignature, readSignature } from "./candidate-signature.ts";
import { VerificationError, badOption } from "./errors.ts";
import { evaluate } from "./evaluation.ts";
import { factsOf, factsOfUnreadable, type Finding, type Mutable } from "./facts.ts";
import {
  checkVerifyOptions,
  type LocalPolicy,
  toLocalPolicy,
  type VerifyOptions,
} from "./options.ts";
import type { Verdict, VerificationReport } from "./verdict.ts";

/** A signature that is being verified. */
interface Pending {
  readonly candidate: CandidateSignature;
  readonly lookup: KeyLookup | Promise<KeyLookup> | undefined;
  readonly body: BodyHashHandle | undefined;
}

/** A signature that is not evaluated because its verdict is already known. */
function pendingRefusal(candidate: Extract<CandidateSignature, { ok: false }>): Pending {
  return { candidate, lookup: undefined, body: undefined };
}

/**
 * Verifies every DKIM signature of one message that arrives in pieces of any size. Key lookups
 * start, all at once, when the header is complete; the body is hashed as it comes, once for each
 * distinct (canonicalization, length, hash). Memory: the header and the current piece.
 *
 * ```ts
 * const verification = new Verification({ keys });
 * for await (const chunk of process.stdin) verification.write(chunk);
 * const { signatures } = await verification.finish();
 * ```
 */
export class Verification {
  readonly #localPolicy: LocalPolicy;
  readonly #keys: KeySource;
  readonly #hashers = new BodyHasherSet();
  readonly #reader = new MessageReader({
    onHeader: (message) => this.#begin(message),
    onBody: (chunk) => this.#hashers.write(chunk),
  });
  #message: Message | undefined;
  #pending: readonly Pending[] = [];
  #finished = false;

  /**
   * `header`: the header of the message, if it has been read already; `write` then takes the body, after the
   * part of it that `header.bytes` contains. Throws a `VerificationError` "bad-option".
   */
  constructor(options: VerifyOptions, header?: Message) {
    checkVerifyOptions(options);
    this.#localPolicy = toLocalPolicy(options);
    this.#keys = "find" in options.keys ? options.keys : keySource(options.keys);
    if (header === undefined) return;
    checkHeader(header);
    this.#reader.begin(header);
  }

  /** @internal The header as SMTP carries it; undefined until it is complete. */
  get header(): Message | undefined {
    return this.#message;
  }

  /** @internal Whether the message is a Unix file, which is verified with CRLF. */
  get unixFile(): boolean {
    return this.#reader.unixFile;
  }

  /**
   * The next bytes of the message. Throws a `MailSyntaxError` "header-too-large" for a header of more than 16 MiB, and
   * a `VerificationError` "bad-option" for anything but bytes, or "verification-finished" after `finish`.
   */
  write(chunk: Uint8Array): void {
    this.#expectUnfinished();
    checkChunk(chunk);
    this.#reader.write(chunk);
  }

  /**
   * Ends the message. Never rejects for what the message or DNS contains, but with a `VerificationError`
   * "verification-finished" if it was called before.
   */
  async finish(): Promise<VerificationReport> {
    this.#expectUnfinished();
    this.#finished = true;
    this.#reader.finish();
    this.#hashers.finish();
    const lookups = this.#pending.map(({ lookup }) => lookup);
    const answers = lookups.some((lookup) => lookup instanceof Promise)
      ? await Promise.all(lookups)
      : (lookups as readonly (KeyLookup | undefined)[]);
    const message = this.#message;
    return message === undefined ? { from: [], signatures: [] } : this.#report(message, answers);
  }

  #expectUnfinished(): void {
    if (this.#finished) {
      throw new VerificationError(
        "verification-finished",
        "this verification has ended: make a new one for each message with new Verification()",
      );
    }
  }

  #begin(message: Message): void {
    this.#message = message;
    const asked = new Map<string, KeyLookup | Promise<KeyLookup>>();
    const fields = message.byKey.get("dkim-signature") ?? [];
    this.#pending = fields.map((field, index) => this.#prepare(message, field, index, asked));
  }

  #prepare(
    message: Message,
    field: Message["fields"][number],
    index: number,
    asked: Map<string, KeyLookup | Promise<KeyLookup>>,
  ): Pending {
    const { maxSignatures, maxLookups } = this.#localPolicy;
    if (index >= maxSignatures) {
      const reason = `only the first ${maxSignatures} signatures of a message are evaluated`;
      return pendingRefusal({
        ok: false,
        result: "policy",
        code: "too-many-signatures",
        reason,
        facts: factsOfUnreadable({}),
      });
    }
    const candidate = readSignature(message, field);
    if (!candidate.ok) {
      return pendingRefusal(candidate);
    }
    const { signature, algorithm } = candidate;
    const name = `${signature.selector}._domainkey.${signature.domain}`.toLowerCase();
    let lookup = asked.get(name);
    if (lookup === undefined) {
      if (asked.size >= maxLookups) {
        const reason = `only ${maxLookups} key records are looked up for a message`;
        return pendingRefusal({
          ok: false,
          result: "policy",
          code: "too-many-lookups",
          reason,
          facts: factsOf(signature),
        });
      }
      lookup = this.#keys.find(signature.selector, signature.domain);
      // A misused resolver rejects, perhaps before `finish` waits for it: then this is no unhandled rejection.
      if (lookup instanceof Promise) lookup.catch(() => undefined);
      asked.set(name, lookup);
    }
    const body = this.#hashers.add({
      canonicalization: signature.bodyCanonicalization,
      hash: algorithm.hash,
      ...(signature.bodyLength === undefined ? {} : { length: signature.bodyLength }),
    });
    return { candidate, lookup, body };
  }

  #report(message: Message, answers: readonly (KeyLookup | undefined)[]): VerificationReport {
    const mailboxes = fromMailboxes(message);
    const fromDomains = mailboxes.map(({ domain }) => domain);
    const starts = signatureStarts(this.#pending.map(({ candidate }) => candidate));
    const signatures = this.#pending.map((pending, index): Verdict => {
      const { facts, result, code, reason } = this.#evaluate(message, pending, answers[index]);
      const verdict: Mutable<Verdict> = {
        ...facts,
        result,
        code,
        reason,
        aligned: facts.domain === undefined ? "none" : alignmentOf(facts.domain, fromDomains),
        trusted: result === "pass" && !facts.testing,
      };
      const start = starts[index];
      if (start !== undefined) verdict.signatureStart = start;
      return verdict;
    });
    return { from: mailboxes.map(({ address }) => address), signatures };
  }

  #evaluate(message: Message, pending: Pending, lookup: KeyLookup | undefined): Finding {
    const { candidate, body } = pending;
    if (!candidate.ok) {
      return candidate;
    }
    if (body === undefined || lookup === undefined) {
      throw new TypeError("unreachable: a readable signature without body hash or lookup");
    }
    return evaluate(message, candidate, this.#hashers.result(body), lookup, this.#localPolicy);
  }
}

const checkChunk = argumentCheck("chunk", bytes, badOption);
const checkHeader = argumentCheck(
  "header",
  { expected: "a message that splitMessage has split", accepts: isSplitMessage },
  badOption,
);

const shortestStart = 8;
const longestStart = 64;
/** The octets that `longestStart` characters of base64 encode. */
const longestStartOctets = 48;

/**
 * The beginning of each b=, long enough to distinguish the signatures of a message: header.b of
 * RFC 6008 4. Undefined for a field that could not be read.
 */
function signatureStarts(
  candidates: readonly CandidateSignature[],
): readonly (string | undefined)[] {
  const values = candidates.map((candidate) =>
    candidate.ok
      ? encodeBase64(candidate.signature.signature.subarray(0, longestStartOctets))
      : undefined,
  );
  if (values.length === 1) {
    return [values[0]?.slice(0, shortestStart)];
  }
  const distinct = [...new Set(values)].filter((value) => value !== undefined);
  let length = shortestStart;
  while (
    length < longestStart &&
    new Set(distinct.map((value) => value.slice(0, length))).size < distinct.length
  ) {
    length += shortestStart;
  }
  return values.map((value) => value?.slice(0, length));
}
