import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { SeenMessages } from "../../../src/nats/claim/seen-messages.ts";

type Callback = (error: Error | null, message: Msg) => void;

/** A connection over which all processes of a queue answer each other. */
class Bus {
  readonly #callbacks = new Set<Callback>();
  isDown = false;

  get connection(): NatsConnection {
    const connection: unknown = {
      subscribe: (_: string, { callback }: { callback: Callback }) => {
        this.#callbacks.add(callback);
        return { unsubscribe: () => this.#callbacks.delete(callback) };
      },
      requestMany: async (_: string, question: string) => {
        if (this.isDown) throw new Error("disconnected");
        return this.ask(question).map((answer) => ({ json: () => JSON.parse(answer) as unknown }));
      },
    };
    return connection as NatsConnection;
  }

  ask(question: string): readonly string[] {
    const answers: string[] = [];
    const message: unknown = {
      json: () => JSON.parse(question) as unknown,
      respond: (answer: string) => answers.push(answer),
    };
    for (const callback of this.#callbacks) callback(null, message as Msg);
    return answers;
  }
}

function newProcess(bus: Bus, held: readonly number[] = []): SeenMessages {
  const seen = new SeenMessages(bus.connection, "q.sightings");
  seen.begin((seq) => held.includes(seq));
  return seen;
}

test("a message is unknown if no process has leased or seen it", async () => {
  const bus = new Bus();
  const first = newProcess(bus, [1]);
  const second = newProcess(bus);
  second.saw(2);
  expect(await first.unknown([1, 2, 3])).toEqual([3]);
  expect(await second.unknown([1, 2, 3])).toEqual([3]);
});

test("a message is remembered for the current period and the previous one", async () => {
  const seen = newProcess(new Bus());
  seen.saw(1);
  seen.turn();
  expect(await seen.unknown([1])).toEqual([]);
  seen.turn();
  expect(await seen.unknown([1])).toEqual([1]);
});

test("no message is unknown if the processes cannot be asked", async () => {
  const bus = new Bus();
  const seen = newProcess(bus);
  bus.isDown = true;
  expect(await seen.unknown([1])).toEqual([]);
  bus.isDown = false;
  // This process may not subscribe, so that others may not hear it either.
  seen.close();
  expect(await seen.unknown([1])).toEqual([]);
});

test.each(["not JSON", "{}", "null", '"text"'])(
  "a question %j is not answered, and not an error",
  (question) => {
    const bus = new Bus();
    newProcess(bus);
    expect(bus.ask(question)).toEqual([]);
    expect(bus.ask("[1]")).toHaveLength(1);
  },
);
