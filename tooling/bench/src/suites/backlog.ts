import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { queueLoad, QueuePrograms } from "../mail/queue-programs.ts";
import { sendWithSmtpSource } from "../mail/smtp-programs.ts";
import type { Measurement, Suite } from "../measuring/measurement.ts";

const wantedSeconds = 1;
const patienceMs = 180_000;

export const backlogSuite: Suite = backlogSuiteOf("backlog", 100_000);
export const backlogMillionSuite: Suite = backlogSuiteOf("backlog-million", 1_000_000);

/**
 * The relay queues messages while no worker runs. Then the workers start, and after a third is delivered all
 * programs are killed and started again.
 */
function backlogSuiteOf(name: string, messages: number): Suite {
  return {
    name,
    description: `a backlog of ${messages.toLocaleString("en")} messages of 2 KB in the embedded queue; relay and workers are killed (kill -9) after a third of it`,
    async run({ quick }) {
      const count = quick ? 2000 : messages;
      const arrivals = new Arrivals(count);
      const sink = await SmtpSink.start({ onMessage: ({ rcptTo }) => arrivals.note(rcptTo) });
      const programs = await QueuePrograms.open(sink.port);
      try {
        await programs.startRelay();
        const numbered = { ...queueLoad, numbered: true };
        await sendWithSmtpSource({ port: programs.relayPort, messages: count, ...numbered });
        const first = await firstDelivery(programs, arrivals);
        await arrivals.untilDistinct(count / 3);
        await programs.kill();
        await programs.startRelay();
        const again = await firstDelivery(programs, arrivals);
        await arrivals.untilDistinct(count);
        return [
          seconds("first delivery after the start", first),
          seconds("first delivery after kill -9", again),
          exact("messages delivered", arrivals.distinct, count),
          exact("messages delivered twice", arrivals.repeated, 0),
          ...programs.memory(),
        ];
      } finally {
        await programs.close();
        await sink.close();
      }
    },
  };
}

/** Seconds from the start of the workers to the next message that arrives. */
async function firstDelivery(programs: QueuePrograms, arrivals: Arrivals): Promise<number> {
  const startMs = performance.now();
  const [arrivedMs] = await Promise.all([arrivals.next(), programs.startWorkers()]);
  return (arrivedMs - startMs) / 1000;
}

/** Which of the numbered messages have arrived. */
class Arrivals {
  readonly #arrived: Uint8Array;
  #distinct = 0;
  #repeated = 0;
  #wake: () => void = () => undefined;

  constructor(count: number) {
    this.#arrived = new Uint8Array(count + 1);
  }

  get distinct(): number {
    return this.#distinct;
  }

  get repeated(): number {
    return this.#repeated;
  }

  note(recipients: readonly string[]): void {
    const number = Number(/^<(\d+)/.exec(recipients[0] ?? "")?.[1]);
    if (this.#arrived[number] === 0) {
      this.#arrived[number] = 1;
      this.#distinct++;
    } else {
      this.#repeated++;
    }
    this.#wake();
  }

  /** Resolves to the time of the next arrival. Rejects if none arrives for longer than a lease lasts. */
  next(): Promise<number> {
    return new Promise((resolve, reject) => {
      const late = (): void =>
        reject(new Error(`${this.#distinct} messages arrived, then no more`));
      const timer = setTimeout(late, patienceMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(performance.now());
      };
    });
  }

  async untilDistinct(count: number): Promise<void> {
    while (this.#distinct < count) await this.next();
  }
}

function seconds(name: string, ours: number): Measurement {
  const ratio = wantedSeconds / ours;
  return { name, against: "target", ours, theirs: wantedSeconds, unit: "s", ratio, floor: 1 };
}

/** Messages that were in delivery at the kill arrive twice: delivery is at least once, so this is correct. */
function exact(name: string, ours: number, theirs: number): Measurement {
  const ratio = theirs === 0 ? 1 : ours / theirs;
  return {
    name,
    against: theirs === 0 ? "none" : "all",
    ours,
    theirs,
    unit: "messages",
    ratio,
    floor: theirs === 0 ? 0 : 1,
  };
}
