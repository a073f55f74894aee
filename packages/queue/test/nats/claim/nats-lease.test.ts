import { expect, onTestFinished, test } from "vitest";
import { QueueError } from "../../../src/errors.ts";
import { NatsLease, type NatsLender } from "../../../src/nats/claim/nats-lease.ts";
import { PendingWrites } from "../../../src/nats/settle/pending-writes.ts";
import { labelFor } from "../label.ts";
import { arrivalOf, type FakeArrival } from "./arrivals.ts";

interface Setup {
  readonly lease: NatsLease;
  readonly arrival: FakeArrival;
  readonly pendingWrites: PendingWrites;
  readonly servers: { nowMs: number; failure: Error | undefined; readonly did: unknown[] };
}

function newLease(): Setup {
  const servers: Setup["servers"] = { nowMs: 0, failure: undefined, did: [] };
  const write = async (...what: readonly unknown[]): Promise<void> => {
    if (servers.failure !== undefined) throw servers.failure;
    servers.did.push(what);
  };
  const pendingWrites = new PendingWrites();
  onTestFinished(() => pendingWrites.close());
  const lender: unknown = {
    pendingWrites,
    leaseMs: 1000,
    clock: () => servers.nowMs,
    ahead: () => 7000,
    flush: async () => undefined,
    bodies: { removeOwn: async () => undefined },
    settler: {
      end: (id: string, _: unknown, __: unknown, replaced: unknown) => write("end", id, replaced),
      recordUnawaited: (id: string) => servers.did.push(["record", id]),
    },
    stored: {
      putCopy: (place: string, _: string, { label }: { label: object }) =>
        write("copy", place, label),
    },
  };
  const arrival = arrivalOf(5);
  const label = labelFor("a", { retries: 2 });
  const lease = new NatsLease(lender as NatsLender, arrival, { label, body: new Uint8Array() });
  return { lease, arrival, pendingWrites, servers };
}

const lost = { code: "lease-lost" };
const unavailable = new QueueError("queue-unavailable", "timeout");

test("the message has the times of the wall clock, and counts its retries", () => {
  const { lease } = newLease();
  expect(lease.message).toMatchObject({ id: "5", attempt: 3, firstSeenMs: 7001 });
  expect(lease.expiresAtMs).toBe(8000);
});

test("done ends the message, and ends the lease", async () => {
  const { lease, servers } = newLease();
  await lease.done();
  expect(servers.did).toEqual([["end", "5", undefined]]);
  expect(lease.isOpen).toBe(false);
  await expect(lease.done()).rejects.toMatchObject(lost);
});

test("retry and dead store a copy before they end the message", async () => {
  const retried = newLease();
  const recipients = [{ address: "eve@a" }];
  await retried.lease.retry({ afterMs: 500, reason: "451 later", recipients });
  const envelope = { from: "", recipients };
  const copy = { reason: "451 later", notBeforeMs: 500, retries: 3, envelope };
  expect(retried.servers.did).toMatchObject([
    ["copy", "live", copy],
    ["end", "5", "replaced"],
  ]);
  const dead = newLease();
  await dead.lease.dead("550 no");
  expect(dead.servers.did).toMatchObject([
    ["copy", "dead", { reason: "550 no", diedMs: 0 }],
    ["end", "5", "replaced"],
  ]);
});

test("extend lasts for leaseMs from now, and release returns the message", async () => {
  const { lease, arrival, servers } = newLease();
  servers.nowMs = 900;
  expect(await lease.extend(5)).toBe(900 + 1000 + 7000);
  await lease.release();
  expect(arrival.did).toEqual(["working", "nak 0"]);
  await expect(lease.extend(5)).rejects.toMatchObject(lost);
});

test("an expired lease settles nothing, but done is recorded, because the mail was delivered", async () => {
  const { lease, servers } = newLease();
  servers.nowMs = 1000;
  expect(lease.isOpen).toBe(false);
  await expect(lease.retry({ afterMs: 0, reason: "" })).rejects.toMatchObject(lost);
  await expect(lease.done()).rejects.toMatchObject(lost);
  expect(servers.did).toEqual([["record", "5"]]);
});

test("while no server answers the message stays with this process, and is settled when one does", async () => {
  const { lease, pendingWrites, servers } = newLease();
  servers.failure = unavailable;
  const done = lease.done();
  await pendingWrites.attempt();
  servers.nowMs = 5000;
  expect(lease.isOpen).toBe(true);
  servers.failure = undefined;
  await pendingWrites.attempt();
  await done;
  expect(servers.did).toEqual([["end", "5", undefined]]);
  expect(lease.isOpen).toBe(false);
});

test("done rejects if the queue is closed before a server has recorded it", async () => {
  const { lease, pendingWrites, servers } = newLease();
  servers.failure = unavailable;
  const outcomes = Promise.allSettled([lease.done()]);
  await pendingWrites.attempt();
  await pendingWrites.close();
  expect(await outcomes).toMatchObject([{ reason: { code: "queue-unavailable" } }]);
  expect(servers.did).toEqual([]);
});

test("an end that full servers refuse can be repeated", async () => {
  const { lease, servers } = newLease();
  servers.failure = new QueueError("queue-full", "no room");
  await expect(lease.done()).rejects.toMatchObject({ code: "queue-full" });
  servers.failure = undefined;
  await lease.done();
  expect(servers.did).toEqual([["end", "5", undefined]]);
});

test.each([Number.NaN, Infinity])(
  "refuses %d as a duration, and the lease continues",
  async (ms) => {
    const { lease } = newLease();
    const bad = { code: "bad-option" };
    await expect(lease.retry({ afterMs: ms, reason: "" })).rejects.toMatchObject(bad);
    await expect(lease.extend(ms)).rejects.toMatchObject(bad);
    expect(lease.isOpen).toBe(true);
  },
);
