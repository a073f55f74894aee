import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import type { Added, NewMessage } from "../../../src/contract.ts";
import { ResendDetection } from "../../../src/nats/enqueue/resend-detection.ts";
import { messageTo } from "../../embedded/fixture.ts";
import { type MemoryServers, memoryServers } from "../memory-servers.ts";

/** Processes of one queue, and the ids under which messages were added. */
class Processes {
  readonly servers: MemoryServers = memoryServers();
  readonly added: (string | undefined)[] = [];
  readonly #alive = new Set<string>();
  nowMs = 1000;

  start(): ResendDetection {
    const connection: unknown = {
      subscribe: (subject: string) => {
        this.#alive.add(subject);
        return { unsubscribe: () => this.#alive.delete(subject) };
      },
      request: async (subject: string) => {
        if (!this.#alive.has(subject)) throw new Error("no responders");
      },
    };
    const { client, manager } = this.servers;
    return new ResendDetection(connection as NatsConnection, client, manager, {
      name: "q",
      timeoutMs: 1000,
      clock: () => this.nowMs,
    });
  }

  send(process: ResendDetection, dedupId: string, fingerprint = "same"): Promise<Added> {
    const message = messageTo("a", { dedupId, resend: { fingerprint, windowMs: 1000 } });
    return process.around(message, (it) => this.add(it));
  }

  async add({ dedupId }: NewMessage): Promise<Added> {
    const duplicate = this.added.includes(dedupId);
    if (!duplicate) this.added.push(dedupId);
    return { ids: ["id"], duplicate };
  }
}

/** Lets the writes that nobody waits for finish. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test("a message whose reply was lost is recognized by any process, and added once", async () => {
  const processes = new Processes();
  const [first, second] = [processes.start(), processes.start()];
  await (await processes.send(first, "one")).pendingReply?.lost();
  const again = await processes.send(second, "two");
  expect(again).toMatchObject({ ids: [], duplicate: true, sentAgain: "one" });
  expect(processes.added).toEqual(["one"]);
});

test("after a received reply, or while it is pending, an equal message is new", async () => {
  const processes = new Processes();
  const [first, second] = [processes.start(), processes.start()];
  (await processes.send(first, "one")).pendingReply?.received();
  await settle();
  await processes.send(second, "two");
  await processes.send(first, "three");
  expect(processes.added).toEqual(["one", "two", "three"]);
});

test("a process that has ended leaves its pending replies to the others", async () => {
  const processes = new Processes();
  const [ended, other] = [processes.start(), processes.start()];
  await processes.send(ended, "one");
  await settle();
  ended.close();
  expect(await processes.send(other, "two")).toMatchObject({ sentAgain: "one" });
});

test("a message that was noted and never added is added under its first id", async () => {
  const processes = new Processes();
  const [ended, other] = [processes.start(), processes.start()];
  const message = messageTo("a", { dedupId: "one", resend: { fingerprint: "f", windowMs: 1000 } });
  const failing = ended.around(message, async () => {
    throw new Error("killed");
  });
  await expect(failing).rejects.toThrow("killed");
  ended.close();
  expect((await processes.send(other, "two", "f")).sentAgain).toBeUndefined();
  expect(processes.added).toEqual(["one"]);
});

test("after the window, and with another fingerprint, a message is new", async () => {
  const processes = new Processes();
  const [first, second] = [processes.start(), processes.start()];
  await (await processes.send(first, "one")).pendingReply?.lost();
  await processes.send(second, "two", "other");
  processes.nowMs += 1000;
  await processes.send(second, "three");
  expect(processes.added).toEqual(["one", "two", "three"]);
});

test("if the servers cannot store receipts, messages are added without detection", async () => {
  const processes = new Processes();
  const process = processes.start();
  processes.servers.failure = new Error("insufficient memory");
  const added = await processes.send(process, "one");
  expect(added).toEqual({ ids: ["id"], duplicate: false });
  expect(processes.added).toEqual(["one"]);
});
