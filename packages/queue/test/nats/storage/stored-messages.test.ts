import { expect, test } from "vitest";
import type { Label } from "../../../src/nats/storage/framing.ts";
import { Reserve } from "../../../src/nats/storage/reserve.ts";
import { listedFrom, StoredMessages } from "../../../src/nats/storage/stored-messages.ts";
import { labelFor } from "../label.ts";
import { type MemoryServers, memoryServers } from "../memory-servers.ts";

function newStored(): { servers: MemoryServers; stored: StoredMessages } {
  const servers = memoryServers();
  return { servers, stored: new StoredMessages(servers, new Reserve(servers)) };
}

const body = Buffer.from("body");
const label = (route: string, more: Partial<Label> = {}): Label => labelFor(route, more);

test("a message is found by its number, which is its id", async () => {
  const { stored } = newStored();
  const { id, duplicate } = await stored.put({ label: label("a"), body }, undefined);
  expect([id, duplicate]).toEqual(["1", false]);
  expect(await stored.find(id)).toMatchObject({ id, place: "live", seq: 1 });
  for (const unknown of ["2", "", "A", "../x", "*", "1-0"]) {
    expect(await stored.find(unknown)).toBeUndefined();
  }
});

test("a repeated put with one unique id stores one message", async () => {
  const { servers, stored } = newStored();
  const first = await stored.put({ label: label("a"), body }, "once");
  expect(await stored.put({ label: label("a"), body }, "once")).toEqual({
    id: first.id,
    duplicate: true,
  });
  expect(servers.streamOf("q").messages.size).toBe(1);
});

test("a move keeps the id and body, and a repetition of the copy stores nothing", async () => {
  const { servers, stored } = newStored();
  const { id } = await stored.put({ label: label("a"), body }, undefined);
  const message = await stored.find(id);
  if (message === undefined) throw new Error("expected a message");
  await stored.move(message, "held", message.label);
  await stored.putCopy("held", id, message);
  const moved = await stored.find(id);
  expect(moved).toMatchObject({ id, place: "held", label: { generation: 1 } });
  expect(Buffer.from(moved?.body ?? []).toString()).toBe("body");
  expect(servers.streamOf("q").messages.size).toBe(0);
  expect(servers.streamOf("q-held").messages.size).toBe(1);
  expect(await stored.copies(id, "a")).toHaveLength(1);
});

test("a message that no longer exists cannot be removed", async () => {
  const { stored } = newStored();
  await stored.put({ label: label("a"), body }, undefined);
  expect(await stored.remove({ place: "live", seq: 1 })).toBe(true);
  expect(await stored.remove({ place: "live", seq: 1 })).toBe(false);
});

test("the next message skips other routes, commit records and other data", async () => {
  const { servers, stored } = newStored();
  await servers.client.publish(servers.layout.record("k"), "{}");
  await stored.put({ label: label("a"), body }, undefined);
  await stored.put({ label: label("b"), body }, undefined);
  expect(await stored.next("live", 1)).toMatchObject({ seq: 2 });
  expect(await stored.next("live", 1, "b")).toMatchObject({ seq: 3 });
  expect(await stored.next("live", 4)).toBeUndefined();
});

test.each([
  ["live", {}, { state: "ready" }],
  ["live", { notBeforeMs: 101 }, { state: "delayed", dueMs: 101 }],
  ["live", { notBeforeMs: 100 }, { state: "ready" }],
  ["held", { notBeforeMs: 101 }, { state: "held" }],
  ["dead", { diedMs: 50 }, { state: "dead", dueMs: 50 }],
] as const)("a message in %s with %j is listed as %j", (place, more, listed) => {
  const message = { id: "1", place, seq: 1, body, label: label("a", { ...more, retries: 2 }) };
  const { state, dueMs, attempt } = listedFrom(message, 100);
  expect({ state, dueMs, attempt }).toEqual({ dueMs: undefined, ...listed, attempt: 2 });
});
