import { expect, test } from "vitest";
import { isSame, Tombstones } from "../../../src/nats/settle/tombstones.ts";
import { Reserve } from "../../../src/nats/storage/reserve.ts";
import { memoryServers } from "../memory-servers.ts";

function newTombstones(servers = memoryServers()): Tombstones {
  return new Tombstones(servers, new Reserve(servers));
}

test("a settled message and its earlier copies have a tombstone", async () => {
  const tombstones = newTombstones();
  await tombstones.record("id", { nonce: "n", generation: 2 }, 7);
  expect(await tombstones.has("id", { nonce: "n", generation: 2 })).toBe(true);
  expect(await tombstones.has("id", { nonce: "n" })).toBe(true);
  expect(await tombstones.has("id", { nonce: "n", generation: 3 })).toBe(false);
  expect(await tombstones.has("id", { nonce: "of another message" })).toBe(false);
  expect(await tombstones.has("other", { nonce: "n" })).toBe(false);
});

test("recalled tombstones are found even if the server has lost its index", async () => {
  const servers = memoryServers();
  const tombstones = newTombstones(servers);
  for (const id of ["a", "b"]) await tombstones.record(id, {}, 1);
  expect((await tombstones.recall()).map(({ id }) => id)).toEqual(["a", "b"]);
  servers.streamOf("q-ended").messages.clear();
  expect(await tombstones.has("a", {})).toBe(true);
  expect(await newTombstones(servers).has("a", {})).toBe(false);
});

test("tombstones are recalled once, and again after a failure", async () => {
  const servers = memoryServers();
  const tombstones = newTombstones(servers);
  servers.failure = new Error("timeout");
  await expect(tombstones.recalled()).rejects.toMatchObject({ code: "queue-unavailable" });
  servers.failure = undefined;
  await tombstones.record("a", {}, 5);
  expect(await tombstones.recalled()).toEqual([{ id: "a", nonce: "", generation: 0, seq: 5 }]);
  await tombstones.record("b", {}, 6);
  expect(await tombstones.recalled()).toHaveLength(1);
});

test("a tombstone covers a message of the same nonce and an earlier or the same generation", () => {
  const tombstone = { id: "a", nonce: "n", generation: 1, seq: 1 };
  expect(isSame(tombstone, { nonce: "n" })).toBe(true);
  expect(isSame(tombstone, { nonce: "n", generation: 2 })).toBe(false);
  expect(isSame(tombstone, {})).toBe(false);
});
