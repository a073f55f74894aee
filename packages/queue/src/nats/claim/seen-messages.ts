import { randomUUID } from "node:crypto";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";

/** For all answers to one question. */
const answersMs = 1000;
/** Numbers that are remembered of one period: beyond, everything counts as seen. */
const maxKept = 50_000;

interface Answer {
  readonly by: string;
  readonly known: readonly number[];
}

/**
 * What the processes of a queue have seen of its messages lately. JetStream tells how many messages are in
 * somebody's hand, not which: that is asked of the processes themselves.
 */
export class SeenMessages {
  readonly #connection: NatsConnection;
  readonly #subject: string;
  readonly #own = randomUUID();
  #holds: (seq: number) => boolean = () => false;
  #subscription: Subscription | undefined;
  /** Two periods, the one that is under way and the one before. */
  #lately = new Set<number>();
  #earlier = new Set<number>();

  constructor(connection: NatsConnection, subject: string) {
    this.#connection = connection;
    this.#subject = subject;
  }

  /** Answers from now on. `holds`: whether a message is in hand here. */
  begin(holds: (seq: number) => boolean): void {
    this.#holds = holds;
    this.#subscription = this.#connection.subscribe(this.#subject, {
      // An error comes without a message: this user may not subscribe here, and asks in vain.
      callback: (error, message) => {
        if (error === null) message.respond(JSON.stringify(this.#answer(message)));
      },
    });
  }

  /** A message arrived here, and not for the first time. */
  saw(seq: number): void {
    if (this.#lately.size < maxKept) this.#lately.add(seq);
  }

  /** Begins a period; what was seen in the one before the last is forgotten. */
  turn(): void {
    this.#earlier = this.#lately;
    this.#lately = new Set();
  }

  /** Those of these messages that no process has in hand or has seen. None where that cannot be asked. */
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

  #answer(question: Msg): Answer {
    const asked = question.json<readonly number[]>();
    return { by: this.#own, known: asked.filter((seq) => this.#knows(seq)) };
  }

  #knows(seq: number): boolean {
    if (this.#lately.size >= maxKept || this.#earlier.size >= maxKept) return true;
    return this.#lately.has(seq) || this.#earlier.has(seq) || this.#holds(seq);
  }
}
