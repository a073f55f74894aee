import { expect, test } from "vitest";
import { Bodies } from "../../../src/nats/storage/bodies.ts";
import { BodyReferences } from "../../../src/nats/storage/body-references.ts";
import { Reserve } from "../../../src/nats/storage/reserve.ts";
import { UnusedBodies } from "../../../src/nats/storage/unused-bodies.ts";
import { type MemoryServers, memoryServers } from "../memory-servers.ts";

interface Collection {
  readonly servers: MemoryServers;
  readonly references: BodyReferences;
  readonly unused: UnusedBodies;
  /** The number of pieces of all bodies. */
  pieces(): number;
  pass(ms: number): void;
}

function newCollection(): Collection {
  let nowMs = 0;
  const servers = memoryServers();
  const references = new BodyReferences(servers, new Reserve(servers));
  const { manager, layout } = servers;
  const settings = { unusedMs: 1000, elapsedMs: () => nowMs };
  return {
    servers,
    references,
    unused: new UnusedBodies(manager, layout, new Bodies(servers, undefined), references, settings),
    pieces: () => servers.streamOf("q-shared").matching(layout.body("*")).length,
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

async function addBody({ servers: { client, layout } }: Collection, key: string): Promise<void> {
  await client.publish(layout.body(key), "piece");
}

test("a body that nothing uses is removed by the second check", async () => {
  const collection = newCollection();
  await addBody(collection, "orphan");
  await collection.unused.look();
  expect(collection.pieces()).toBe(1);
  collection.pass(1000);
  await collection.unused.look();
  expect(collection.pieces()).toBe(0);
});

test("a body is kept by a commit record and by unsettled messages", async () => {
  const collection = newCollection();
  const { servers, references, unused } = collection;
  await addBody(collection, "committed");
  const { seq } = await servers.client.publish(servers.layout.record("committed"), "{}");
  await addBody(collection, "shared");
  await references.begin("shared", 2);
  await references.end({ key: "shared", index: 0 });
  for (let checks = 0; checks < 3; checks += 1) {
    collection.pass(1000);
    await unused.look();
  }
  expect(collection.pieces()).toBe(2);
  servers.streamOf("q").messages.delete(seq);
  await references.end({ key: "shared", index: 1 });
  for (let checks = 0; checks < 2; checks += 1) {
    collection.pass(1000);
    await unused.look();
  }
  expect(collection.pieces()).toBe(0);
});

test("a body is kept while its message may still be committed, however often it is checked", async () => {
  const collection = newCollection();
  await addBody(collection, "arriving");
  for (let checks = 0; checks < 5; checks += 1) {
    await collection.unused.look();
    collection.pass(199);
  }
  expect(collection.pieces()).toBe(1);
  collection.pass(5);
  await collection.unused.look();
  expect(collection.pieces()).toBe(0);
});

test("a check that takes long is not started a second time", async () => {
  const collection = newCollection();
  await addBody(collection, "arriving");
  const first = collection.unused.look();
  expect(collection.unused.look()).toBe(first);
  await first;
  expect(collection.pieces()).toBe(1);
});
