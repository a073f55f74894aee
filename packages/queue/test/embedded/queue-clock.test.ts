import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { anchorFor, QueueClock } from "../../src/embedded/queue-clock.ts";
import type { EmbeddedQueueOptions, Queue } from "../../src/index.ts";
import { folder, messageTo, open } from "./fixture.ts";

const hourMs = 3_600_000;
const startMs = 1_800_000_000_000;

/** A machine whose wall clock can be set: time passes on both of its clocks, and a step moves only the wall clock. */
class Machine {
  elapsedMs = 5_000_000.25;
  wallMs = startMs;

  pass(durationMs: number): void {
    this.elapsedMs += durationMs;
    this.wallMs += durationMs;
  }

  /** `file` opened by another process of this machine. */
  open(file: string, options: Partial<EmbeddedQueueOptions> = {}): Promise<Queue> {
    return open(file, {
      clock: () => this.wallMs,
      elapsedMs: () => this.elapsedMs,
      maintenanceMs: 3_600_000,
      pollMs: 5,
      ...options,
    });
  }
}

describe.each([hourMs, -hourMs])("a clock that steps by %i ms", (stepMs) => {
  test("neither ends nor extends a lease", async () => {
    const machine = new Machine();
    const file = join(folder(), "queue.db");
    const [first, second] = [await machine.open(file), await machine.open(file)];
    await first.add(messageTo("a"), Buffer.from("x"));
    await first.add(messageTo("b"), Buffer.from("x"));
    const [held, left] = await first.take(2);
    machine.wallMs += stepMs;
    expect(await second.take(1)).toEqual([]);
    machine.pass(59_000);
    expect(await second.take(1)).toEqual([]);
    expect(await held?.extend(60_000)).toBe(machine.wallMs + 60_000);
    machine.pass(1000);
    const [again] = await second.take(2);
    expect(again?.message).toMatchObject({ id: left?.message.id, attempt: 2 });
    await held?.done();
    await again?.done();
    await expect(left?.done()).rejects.toMatchObject({ code: "lease-lost" });
  });

  test("makes no retry earlier or later", async () => {
    const machine = new Machine();
    const file = join(folder(), "queue.db");
    const queue = await machine.open(file);
    await queue.add(messageTo("a", { delayMs: 5000 }), Buffer.from("x"));
    await queue.add(messageTo("b"), Buffer.from("x"));
    const [lease] = await queue.take(1);
    await lease?.retry({ afterMs: 5000, reason: "later" });
    machine.pass(2000);
    machine.wallMs += stepMs;
    // A process that starts after the step reads only the changed clock.
    const later = await machine.open(file);
    for (const it of [queue, later]) expect(await it.take(2)).toEqual([]);
    const { messages } = await later.list();
    expect(messages.map(({ dueMs }) => dueMs)).toEqual(Array(2).fill(machine.wallMs + 3000));
    machine.pass(3000);
    expect(await later.take(2)).toHaveLength(2);
  });

  test("makes no message older or younger", async () => {
    const machine = new Machine();
    const file = join(folder(), "queue.db");
    const queue = await machine.open(file);
    await queue.add(messageTo("a"), Buffer.from("x"));
    await queue.add(messageTo("b", { firstSeenMs: startMs - 7000 }), Buffer.from("x"));
    machine.pass(1000);
    machine.wallMs += stepMs;
    const other = await machine.open(file);
    await other.add(messageTo("c", { firstSeenMs: machine.wallMs - 9000 }), Buffer.from("x"));
    for (const it of [queue, other]) {
      const { messages } = await it.list();
      const ages = messages.map(({ firstSeenMs }) => machine.wallMs - firstSeenMs);
      expect(ages).toEqual([1000, 8000, 9000]);
    }
    expect(await queue.stats()).toMatchObject({ oldestAgeMs: 1000 });
  });

  test("keeps de-duplication ids, and the pieces of a body that is being added", async () => {
    const machine = new Machine();
    const queue = await machine.open(join(folder(), "queue.db"), { maintenanceMs: 10 });
    const piece = Buffer.alloc(300_000);
    await queue.add(messageTo("a", { dedupId: "one" }), piece);
    const slow = async function* () {
      for (let steps = 0; steps < 3; steps += 1) {
        yield piece;
        machine.wallMs += 2 * stepMs;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    expect(await queue.add(messageTo("b"), slow())).toMatchObject({ duplicate: false });
    const again = await queue.add(messageTo("a", { dedupId: "one" }), piece);
    expect(again).toMatchObject({ duplicate: true });
  });

  test("lets every message be taken once by two processes under load", async () => {
    const machine = new Machine();
    const file = join(folder(), "queue.db");
    const queues = [await machine.open(file), await machine.open(file)] as const;
    const total = 400;
    const taken = new Map<string, number>();
    let settled = 0;
    const produce = async (): Promise<void> => {
      for (let at = 0; at < total; at += 1) {
        await queues[0].add(messageTo(`r${at % 7}`), Buffer.from("x"));
        machine.pass(10);
        if (at % 100 === 50) machine.wallMs += stepMs;
      }
    };
    const consume = async (queue: Queue): Promise<void> => {
      while (settled < total) {
        for (const lease of await queue.take(10, { waitMs: 20 })) {
          const { id, attempt } = lease.message;
          taken.set(id, (taken.get(id) ?? 0) + 1);
          if (attempt === 1 && taken.size % 3 === 0) {
            await lease.retry({ afterMs: 50, reason: "later" });
            taken.set(id, 0);
          } else {
            await lease.done();
            settled += 1;
          }
        }
        machine.pass(10);
      }
    };
    await Promise.all([produce(), ...queues.map(consume)]);
    expect([...taken.values()].filter((times) => times !== 1)).toEqual([]);
    expect(taken.size).toBe(total);
    expect((await queues[0].stats()).depth).toBe(0);
  });
});

test("after a boot with the clock set back, no message waits for time that has already passed", async () => {
  const machine = new Machine();
  const file = join(folder(), "queue.db");
  const before = await machine.open(file, { maintenanceMs: 10 });
  await before.add(messageTo("a", { delayMs: 2 * hourMs }), Buffer.from("x"));
  machine.pass(hourMs);
  const database = new DatabaseSync(file);
  const anchor = (): { queueMs: number; lastMs: number } => {
    const row = database.prepare("SELECT value FROM setting WHERE name = 'clock'").get();
    return JSON.parse(String(row?.["value"])) as { queueMs: number; lastMs: number };
  };
  while (anchor().lastMs < startMs + hourMs) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await before.close();
  database
    .prepare('UPDATE setting SET value = replace(value, \'"bootId":"\', \'"bootId":"x\')')
    .run();
  database.close();
  machine.elapsedMs = 30_000;
  machine.wallMs = startMs - 20 * hourMs;
  const after = await machine.open(file);
  const { messages } = await after.list();
  expect(messages[0]).toMatchObject({
    dueMs: machine.wallMs + hourMs,
    firstSeenMs: machine.wallMs - hourMs,
  });
  machine.pass(hourMs);
  expect(await after.take(1)).toHaveLength(1);
});

test("the time that a machine is off counts", async () => {
  const machine = new Machine();
  const file = join(folder(), "queue.db");
  const before = await machine.open(file);
  await before.add(messageTo("a", { delayMs: hourMs }), Buffer.from("x"));
  await before.close();
  machine.elapsedMs = 30_000;
  machine.wallMs += hourMs;
  const after = await machine.open(file);
  expect(await after.take(1)).toMatchObject([{ message: { firstSeenMs: startMs } }]);
});

describe("the anchor of the file's clock", () => {
  const kept = { bootId: "one", elapsedMs: 500, queueMs: 1000, aheadMs: 70, lastMs: 9000 };

  test("is kept during a boot", () => {
    expect(anchorFor(kept, { bootId: "one", elapsedMs: 600, wallMs: 0 })).toBe(kept);
  });

  test("continues at the wall clock's time after a boot", () => {
    const reading = { bootId: "two", elapsedMs: 5, wallMs: 20_000 };
    const queueMs = 20_000 - 70;
    const expected = { bootId: "two", elapsedMs: 5, queueMs, aheadMs: 70, lastMs: queueMs };
    expect(anchorFor(kept, reading)).toEqual(expected);
  });

  test("never goes back, even if the wall clock was set back before the boot", () => {
    const anchor = anchorFor(kept, { bootId: "two", elapsedMs: 5, wallMs: 100 });
    expect(anchor).toMatchObject({ queueMs: 9000, lastMs: 9000, aheadMs: 100 - 9000 });
  });

  test("is new if the monotonic clock has gone back, as in another container", () => {
    expect(anchorFor(kept, { bootId: "one", elapsedMs: 499, wallMs: 20_000 })).not.toBe(kept);
  });
});

test("the clock shows the time of the anchor in every process of the machine", () => {
  const clock = new QueueClock(
    () => 50_000,
    () => 1500,
  );
  clock.start({ bootId: "one", elapsedMs: 500, queueMs: 1000, aheadMs: 0, lastMs: 1000 });
  expect([clock.now(), clock.ahead()]).toEqual([2000, 48_000]);
  expect(clock.read()).toMatchObject({ elapsedMs: 1500, wallMs: 50_000 });
});
