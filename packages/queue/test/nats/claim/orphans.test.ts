import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Orphans, type OrphansParts } from "../../../src/nats/claim/orphans.ts";
import { checkNatsOptions } from "../../../src/nats/options.ts";

/** One message, number 5, that the consumer delivered; the consumer waits for nine others that no longer exist. */
function startOrphans(floor: number, unknown: readonly number[], hasEnded = false) {
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
  return { did, orphans: new Orphans(parts as OrphansParts, options) };
}

/** A lease of a millisecond, and the time that the servers add to it. */
const leaseMs = 1050;

async function checks(orphans: Orphans): Promise<void> {
  for (const leases of [3, 1, 0]) {
    await orphans.look();
    await sleep(leases * leaseMs);
  }
}

describe.concurrent("orphans", () => {
  test("a message that no process has seen is queued again, whatever the consumer counts as leased", async () => {
    const { orphans, did } = startOrphans(3, [5]);
    await orphans.look();
    await sleep(3 * leaseMs);
    await orphans.look();
    await orphans.look();
    // The process that has it may have been unreachable for a moment.
    expect(did).toEqual([]);
    await sleep(leaseMs);
    await orphans.look();
    expect(did).toEqual(["moved"]);
  });

  test("one that was settled is removed", async () => {
    const { orphans, did } = startOrphans(3, [5], true);
    await checks(orphans);
    expect(did).toEqual(["removed"]);
  });

  test("one that a process has leased stays", async () => {
    const { orphans, did } = startOrphans(3, []);
    await checks(orphans);
    expect(did).toEqual([]);
  });

  test("one below the acknowledged floor is queued again, although no process can be asked", async () => {
    const { orphans, did } = startOrphans(5, []);
    await checks(orphans);
    expect(did).toEqual(["moved"]);
  });
});
