import { expect, test } from "vitest";
import { BodyReferences } from "../../../src/nats/storage/body-references.ts";
import { Reserve } from "../../../src/nats/storage/reserve.ts";
import { memoryServers } from "../memory-servers.ts";

function newReferences(servers = memoryServers()): BodyReferences {
  return new BodyReferences(servers, new Reserve(servers));
}

const key = "k";

test("the end of the last message is reported to one caller, whatever the order", async () => {
  const references = newReferences();
  await references.begin(key, 3);
  expect(await references.end({ key, index: 2 })).toBe(false);
  expect(await references.end({ key, index: 0 })).toBe(false);
  expect(await references.hasEnded({ key, index: 1 })).toBe(false);
  expect(await references.isOpen(key)).toBe(true);
  expect(await references.end({ key, index: 1 })).toBe(true);
  expect(await references.hasEnded({ key, index: 1 })).toBe(true);
  expect(await references.isOpen(key)).toBe(false);
});

test("ends at the same time share writes, and none is lost", async () => {
  const servers = memoryServers();
  const references = newReferences(servers);
  await references.begin(key, 1000);
  const ends = Array.from({ length: 1000 }, (_, index) => references.end({ key, index }));
  expect((await Promise.all(ends)).filter(Boolean).length).toBeGreaterThan(0);
  expect(await references.isOpen(key)).toBe(false);
  expect(servers.streamOf("q-shared").lastSeq).toBeLessThan(10);
});

test("two processes that record ends at the same time do not undo each other", async () => {
  const servers = memoryServers();
  const processes = [newReferences(servers), newReferences(servers)];
  await processes[0]?.begin(key, 40);
  await Promise.all(
    Array.from({ length: 40 }, (_, index) => processes[index % 2]?.end({ key, index })),
  );
  expect(await processes[1]?.isOpen(key)).toBe(false);
});

test("an existing record is not created again, and only its last version is kept", async () => {
  const servers = memoryServers();
  const references = newReferences(servers);
  await references.begin(key, 2);
  await references.end({ key, index: 0 });
  await references.begin(key, 2);
  expect(await references.hasEnded({ key, index: 0 })).toBe(true);
  expect(servers.streamOf("q-shared").messages.size).toBe(1);
});

test("without a record, no caller is asked to remove the body", async () => {
  const references = newReferences();
  expect(await references.end({ key, index: 0 })).toBe(false);
  expect(await references.hasEnded({ key, index: 0 })).toBeUndefined();
  await references.begin(key, 1);
  await references.clear(key);
  expect(await references.hasEnded({ key, index: 0 })).toBeUndefined();
});
