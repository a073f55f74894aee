import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Orphans, type OrphansParts } from "../../../src/nats/claim/orphans.ts";
import { checkNatsOptions } from "../../../src/nats/options.ts";

/** One message, number 5, that the consumer delivered; it waits for nine others that are gone. */
function startStranded(floor: number, unknown: readonly number[], hasEnded = false) {
  const message = { id: "5", place: "live", seq: 5, label: { route: "a" }, body: new Uint8Array() };
  const did: string[] = [];
  const parts: unknown = {
    manager: {
      consumers: {
        info: async () => ({
          delivered: { stream_seq: 20 },
          ack_floor: { stream_seq: floor },
          num_ack_pending: 9,
        }),
      },
    },
    layout: { stream: () => "live" },
    stored: {
      at: async () => message,
      nextOfShard: async (_: number, seq: number) => (seq <= 5 ? message : undefined),
      remove: async () => did.push("removed"),
      move: async () => did.push("moved"),
    },
    tombstones: { recalled: async () => [] },
    settler: { hasEnded: async () => hasEnded },
    seen: { turn: () => undefined, unknown: async () => unknown },
  };
  const options = checkNatsOptions({ connection: {}, shards: 1, leaseMs: 1 });
  return { did, stranded: new Orphans(parts as OrphansParts, options) };
}

/** Leases of a millisecond, and what the servers add to each. */
const leaseMs = 1050;

async function looks(stranded: Orphans): Promise<void> {
  for (const leases of [3, 1, 0]) {
    await stranded.look();
    await sleep(leases * leaseMs);
  }
}

describe.concurrent("what no consumer delivers", () => {
  test("a message that nobody has seen is queued again, whatever the consumer says is in hand", async () => {
    const { stranded, did } = startStranded(3, [5]);
    await stranded.look();
    await sleep(3 * leaseMs);
    await stranded.look();
    await stranded.look();
    // Who has it may have been away for a moment.
    expect(did).toEqual([]);
    await sleep(leaseMs);
    await stranded.look();
    expect(did).toEqual(["moved"]);
  });

  test("one that has ended is removed", async () => {
    const { stranded, did } = startStranded(3, [5], true);
    await looks(stranded);
    expect(did).toEqual(["removed"]);
  });

  test("one that a process has in hand stays", async () => {
    const { stranded, did } = startStranded(3, []);
    await looks(stranded);
    expect(did).toEqual([]);
  });

  test("one below all that is in hand is queued again, though nobody can be asked", async () => {
    const { stranded, did } = startStranded(5, []);
    await looks(stranded);
    expect(did).toEqual(["moved"]);
  });
});
