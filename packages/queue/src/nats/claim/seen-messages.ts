import { randomUUID } from "node:crypto";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";

/** How long to wait for the answers of all processes. */
const answersMs = 1000;
/** The maximum of numbers kept for one period; above it, every message counts as seen. */
const maxKept = 50_000;

interface Answer {
  readonly by: string;
  readonly known: readonly number[];
}

/**
 * The messages that the processes of a queue have seen lately. JetStream reports how many messages are leased, not which
 * ones, so that the processes ask each other.
 */
export class SeenMessages {
  readonly #connection: NatsConnection;
  readonly #subject: string;
  readonly #own = randomUUID();
  #holds: (seq: number) => boolean = () => false;
  #subscription: Subscription | undefined;
  /** The current period and the previous one. */
  #lately = new Set<number>();
  #earlier = new Set<number>();

  constructor(connection: NatsConnection, subject: string) {
    this.#connection = connection;
    this.#subject = subject;
  }

  /** Starts answering other processes. `holds` tests whether a message is leased here. */
  begin(holds: (seq: number) => boolean): void {
    this.#holds = holds;
    this.#subscription = this.#connection.subscribe(this.#subject, {
      // An error comes without a message: this user may not subscribe here, and gets no answers.
      callback: (error, message) => {
        if (error === null) this.#answer(message);
      },
    });
  }

  /** Records that a message has arrived here again. */
  saw(seq: number): void {
    if (this.#lately.size < maxKept) this.#lately.add(seq);
  }

  /** Starts a new period, and drops the one before the last. */
  turn(): void {
    this.#earlier = this.#lately;
    this.#lately = new Set();
  }

  /** The messages among these that no process has leased or seen; none if the processes cannot be asked. */
  async unknown(seqs: readonly number[]): Promise<readonly number[]> {
    const known = new Set<number>();
    let hasAnswered = false;
    try {
      const answers = await this.#connection.requestMany(this.#subject, JSON.stringify(seqs), {
        strategy: "timer",
        maxWait: answersMs,
      });
      for await (const message of answers) {
        const answer = message.json<Answer>();
        hasAnswered ||= answer.by === this.#own;
        for (const seq of answer.known) known.add(seq);
      }
    } catch {
      return [];
    }
    return hasAnswered ? seqs.filter((seq) => !known.has(seq)) : [];
  }

  close(): void {
    this.#subscription?.unsubscribe();
  }

  #answer(question: Msg): void {
    const asked = numbersIn(question);
    if (asked === undefined) return;
    const answer: Answer = { by: this.#own, known: asked.filter((seq) => this.#knows(seq)) };
    question.respond(JSON.stringify(answer));
  }

  #knows(seq: number): boolean {
    if (this.#lately.size >= maxKept || this.#earlier.size >= maxKept) return true;
    return this.#lately.has(seq) || this.#earlier.has(seq) || this.#holds(seq);
  }
}

/** Undefined for a question that another program has asked: an error here would end the connection. */
function numbersIn(question: Msg): readonly number[] | undefined {
  try {
    const asked = question.json<unknown>();
    return Array.isArray(asked) ? asked : undefined;
  } catch {
    return undefined;
  }
}
