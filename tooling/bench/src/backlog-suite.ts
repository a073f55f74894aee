import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { houseLoad, MailHouse } from "./mail-house.ts";
import type { Measurement, Suite } from "./measurement.ts";
import { sendWithSmtpSource } from "./smtp-programs.ts";

const wantedSeconds = 1;
const patienceMs = 180_000;

export const backlogSuite: Suite = backlogSuiteOf("backlog", 100_000);
export const backlogMillionSuite: Suite = backlogSuiteOf("backlog-million", 1_000_000);

/**
 * The relay takes messages that nobody delivers yet; then workers come, and when they have delivered a third,
 * all is killed and started again.
 */
function backlogSuiteOf(name: string, messages: number): Suite {
  return {
    name,
    description: `a backlog of ${messages.toLocaleString("en")} messages of 2 KB in the embedded queue; kill -9 of relay and workers in its middle`,
    async run({ quick }) {
      const count = quick ? 2000 : messages;
      const arrivals = new Arrivals(count);
      const sink = await SmtpSink.start({ onMessage: ({ rcptTo }) => arrivals.note(rcptTo) });
      const house = await MailHouse.open(sink.port);
      try {
        await house.startRelay();
        const numbered = { ...houseLoad, numbered: true };
        await sendWithSmtpSource({ port: house.relayPort, messages: count, ...numbered });
        const first = await firstDelivery(house, arrivals);
        await arrivals.untilDistinct(count / 3);
        await house.kill();
        await house.startRelay();
        const again = await firstDelivery(house, arrivals);
        await arrivals.untilDistinct(count);
        return [
          seconds("first delivery after the start", first),
          seconds("first delivery after kill -9", again),
          exact("messages delivered", arrivals.distinct, count),
          exact("messages delivered twice", arrivals.repeated, 0),
          ...house.memory(),
        ];
      } finally {
        await house.close();
        await sink.close();
      }
    },
  };
}

/** Seconds from the start of the processes to the next message that comes. */
async function firstDelivery(house: MailHouse, arrivals: Arrivals): Promise<number> {
  const startMs = performance.now();
  const [arrivedMs] = await Promise.all([arrivals.next(), house.startWorkers()]);
  return (arrivedMs - startMs) / 1000;
}

/** Which of the numbered messages have come. */
class Arrivals {
  readonly #came: Uint8Array;
  #distinct = 0;
  #repeated = 0;
  #wake: () => void = () => undefined;

  constructor(count: number) {
    this.#came = new Uint8Array(count + 1);
  }

  get distinct(): number {
    return this.#distinct;
  }

  get repeated(): number {
    return this.#repeated;
  }

  note(recipients: readonly string[]): void {
    const number = Number(/^<(\d+)/.exec(recipients[0] ?? "")?.[1]);
    if (this.#came[number] === 0) {
      this.#came[number] = 1;
      this.#distinct++;
    } else {
      this.#repeated++;
    }
    this.#wake();
  }

  /** The time when the next one has come. Rejects where none comes for longer than a lease lasts. */
  next(): Promise<number> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`${this.#distinct} messages came, and no more do`));
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
  return { name, against: "wanted", ours, theirs: wantedSeconds, unit: "s", ratio, floor: 1 };
}

/** What a kill leaves in hand comes twice: that is at least once, and no fault. */
function exact(name: string, ours: number, theirs: number): Measurement {
  const ratio = theirs === 0 ? 1 : ours / theirs;
  return {
    name,
    against: "all",
    ours,
    theirs,
    unit: "messages",
    ratio,
    floor: theirs === 0 ? 0 : 1,
  };
}
