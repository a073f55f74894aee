import {
  TransientDeliveryError,
  isPositive,
  type NextHopPool,
  NextHopTransaction,
  refusal,
  type Reply,
  toClient,
} from "@mailseal/delivery";

export interface CalloutOptions {
  /** How long a yes of the next hop holds, and a no. */
  readonly knownForMs: number;
  readonly unknownForMs: number;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

interface Remembered {
  /** Undefined: it takes mail for this recipient. */
  readonly refusal: Reply | undefined;
  readonly untilMs: number;
}

/** Of answers, as many are remembered, and as many questions are open at a time. */
const mostRemembered = 100_000;
const mostOpen = 500;
/** RFC 5321 4.5.3.1: a local part of 64 octets, "@", and a domain of 255. What is longer is asked for each time. */
const longestRemembered = 320;
/** Of what the next hop says: a reply line of RFC 5321 4.5.3.1.5, which is told to each client. */
const longestText = 512;
const busy = refusal(451, "4.3.2", "too many recipients are being checked, try again later");
const senderRefused = refusal(
  451,
  "4.1.7",
  "the recipient cannot be checked: the next hop takes no mail of the null sender",
);

/**
 * Asks the next hop whether it takes mail for a recipient: MAIL FROM:<>, RCPT, and nothing more (RSET); the session goes
 * back to the pool. Answers are remembered, but a 4xx is not; who asks for the same waits for one answer. They are those
 * of one next hop as the config has it: after a reload that changes it, it is asked again.
 */
export class Callout {
  readonly #options: CalloutOptions;
  readonly #remembered = new Map<string, Remembered>();
  readonly #open = new Map<string, Promise<Reply | undefined>>();
  readonly #pools = new WeakMap<NextHopPool, number>();
  #poolsSeen = 0;

  constructor(options: CalloutOptions) {
    this.#options = options;
  }

  /** Why mail for a recipient is not to be taken; undefined where the next hop takes it. */
  refusal(address: string, pool: NextHopPool): Promise<Reply | undefined> {
    const question = `${this.#numberOf(pool)} ${address}`;
    const remembered = this.#remembered.get(question);
    if (remembered !== undefined && remembered.untilMs > this.#nowMs()) {
      return Promise.resolve(remembered.refusal);
    }
    const open = this.#open.get(question);
    if (open !== undefined) {
      return open;
    }
    if (this.#open.size >= mostOpen) {
      return Promise.resolve(busy);
    }
    const asked = ask(address, pool)
      .then((answer) => {
        if (address.length <= longestRemembered) this.#remember(question, answer);
        return answer;
      })
      .finally(() => this.#open.delete(question));
    this.#open.set(question, asked);
    return asked;
  }

  /** A pool is of one next hop; one that is set otherwise after a reload has another. */
  #numberOf(pool: NextHopPool): number {
    const known = this.#pools.get(pool);
    if (known !== undefined) return known;
    this.#poolsSeen += 1;
    this.#pools.set(pool, this.#poolsSeen);
    return this.#poolsSeen;
  }

  #remember(question: string, answer: Reply | undefined): void {
    const { knownForMs, unknownForMs } = this.#options;
    this.#remembered.delete(question);
    const isFinal = answer === undefined || answer.code >= 500;
    const holdsMs = answer === undefined ? knownForMs : unknownForMs;
    if (isFinal && holdsMs > 0) {
      this.#remembered.set(question, { refusal: answer, untilMs: this.#nowMs() + holdsMs });
      const [oldest] = this.#remembered.keys();
      if (this.#remembered.size > mostRemembered && oldest !== undefined) {
        this.#remembered.delete(oldest);
      }
    }
  }

  #nowMs(): number {
    return this.#options.elapsedMs?.() ?? performance.now();
  }
}

async function ask(address: string, pool: NextHopPool): Promise<Reply | undefined> {
  const transaction = new NextHopTransaction(pool, { from: "", eightBit: false, smtpUtf8: false });
  try {
    const reply = await transaction.recipient({ address });
    if (isPositive(reply)) {
      return undefined;
    }
    if (transaction.isSenderRefused) {
      return reply.code >= 500 ? senderRefused : toClient(reply);
    }
    return reply.code >= 500
      ? { code: 550, enhancedCode: reply.enhancedCode ?? "5.1.1", text: shortened(reply.text) }
      : toClient(reply);
  } catch (error) {
    if (error instanceof TransientDeliveryError) {
      return error.reply;
    }
    throw error;
  } finally {
    transaction.abort();
  }
}

/** The lines that fit as a whole, or the beginning of the first. */
function shortened(text: string): string {
  if (text.length <= longestText) return text;
  const end = text.lastIndexOf("\n", longestText);
  return text.slice(0, end > 0 ? end : longestText);
}
