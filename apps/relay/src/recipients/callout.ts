import {
  DeliveryFault,
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
const busy = refusal(451, "4.3.2", "too many recipients are being checked, try again later");
const senderRefused = refusal(
  451,
  "4.1.7",
  "the recipient cannot be checked: the next hop takes no mail of the null sender",
);

/**
 * Asks the next hop whether it takes mail for a recipient: MAIL FROM:<>, RCPT, and nothing more (RSET); the session goes
 * back to the pool. Answers are remembered, but a 4xx is not; who asks for the same waits for one answer.
 */
export class Callout {
  readonly #options: CalloutOptions;
  readonly #remembered = new Map<string, Remembered>();
  readonly #open = new Map<string, Promise<Reply | undefined>>();

  constructor(options: CalloutOptions) {
    this.#options = options;
  }

  /** Why mail for a recipient is not to be taken; undefined where the next hop takes it. */
  refusal(address: string, pool: NextHopPool): Promise<Reply | undefined> {
    const remembered = this.#remembered.get(address);
    if (remembered !== undefined && remembered.untilMs > this.#nowMs()) {
      return Promise.resolve(remembered.refusal);
    }
    const open = this.#open.get(address);
    if (open !== undefined) {
      return open;
    }
    if (this.#open.size >= mostOpen) {
      return Promise.resolve(busy);
    }
    const asked = ask(address, pool)
      .then((answer) => this.#remember(address, answer))
      .finally(() => this.#open.delete(address));
    this.#open.set(address, asked);
    return asked;
  }

  #remember(address: string, answer: Reply | undefined): Reply | undefined {
    const { knownForMs, unknownForMs } = this.#options;
    this.#remembered.delete(address);
    const isFinal = answer === undefined || answer.code >= 500;
    const holdsMs = answer === undefined ? knownForMs : unknownForMs;
    if (isFinal && holdsMs > 0) {
      this.#remembered.set(address, { refusal: answer, untilMs: this.#nowMs() + holdsMs });
      const [oldest] = this.#remembered.keys();
      if (this.#remembered.size > mostRemembered && oldest !== undefined) {
        this.#remembered.delete(oldest);
      }
    }
    return answer;
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
      ? { code: 550, enhancedCode: reply.enhancedCode ?? "5.1.1", text: reply.text }
      : toClient(reply);
  } catch (error) {
    if (error instanceof DeliveryFault) {
      return error.reply;
    }
    throw error;
  } finally {
    transaction.abort();
  }
}
