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
  /** How long positive and negative answers of the next hop are remembered. */
  readonly knownForMs: number;
  readonly unknownForMs: number;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

interface Remembered {
  /** Undefined if the next hop accepts mail for this recipient. */
  readonly refusal: Reply | undefined;
  readonly untilMs: number;
}

/** Bounds of the remembered answers, and of the callouts in progress. */
const mostRemembered = 100_000;
const mostOpen = 500;
/** RFC 5321 4.5.3.1: a local part of 64 octets, "@", and a domain of 255. Answers for longer addresses are not remembered. */
const longestRemembered = 320;
/** The most text of a next hop's reply that is remembered: one line (RFC 5321 4.5.3.1.5). */
const longestText = 512;
const busy = refusal(451, "4.3.2", "too many recipients are being checked, try again later");
const senderRefused = refusal(
  451,
  "4.1.7",
  "the recipient cannot be checked: the next hop refuses mail from the null sender",
);

/**
 * Asks the next hop whether it accepts mail for a recipient: MAIL FROM:<>, RCPT and RSET, after which the session goes
 * back to the pool. Answers other than 4xx are remembered, and concurrent questions for one recipient share a callout.
 * Answers belong to one next hop of the config: if a reload changes it, it is asked again.
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

  /** The reply that refuses a recipient; undefined if the next hop accepts it. */
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

  /** A number for each pool. A reload that changes a next hop makes a new pool. */
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

/** The lines that fit completely, or the beginning of the first. */
function shortened(text: string): string {
  if (text.length <= longestText) return text;
  const end = text.lastIndexOf("\n", longestText);
  return text.slice(0, end > 0 ? end : longestText);
}
