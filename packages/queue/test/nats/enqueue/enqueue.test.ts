import { expect, test } from "vitest";
import type { MessageBody } from "../../../src/contract.ts";
import { QueueError } from "../../../src/errors.ts";
import { Enqueuer } from "../../../src/nats/enqueue/enqueue.ts";
import type { Expansion, MailRecord } from "../../../src/nats/enqueue/expansion.ts";
import { Bodies } from "../../../src/nats/storage/bodies.ts";
import { Reserve } from "../../../src/nats/storage/reserve.ts";
import { StoredMessages } from "../../../src/nats/storage/stored-messages.ts";
import { destinationTo, EndlessBody, messageTo } from "../../embedded/fixture.ts";
import { memoryServers } from "../memory-servers.ts";

const maxPayload = 1024 * 1024;

function newEnqueuer({
  commitMs = 60_000,
  duplicate = false,
  failure = undefined as unknown,
} = {}) {
  const servers = memoryServers();
  const reserve = new Reserve(servers);
  const stored = new StoredMessages(servers, reserve);
  const committed: MailRecord[] = [];
  const expansion: unknown = {
    commit: async (record: MailRecord) => {
      if (failure !== undefined) throw failure;
      committed.push(record);
      return { id: "r", duplicate };
    },
  };
  const enqueuer = new Enqueuer({
    stored,
    bodies: new Bodies(servers, undefined),
    expansion: expansion as Expansion,
    reserve,
    maxPayload: () => maxPayload,
    checkRoom: async () => undefined,
    clock: () => 5000,
    ahead: () => 100,
    commitMs,
  });
  const pieces = (): number => servers.streamOf("q-shared").messages.size;
  return { servers, enqueuer, stored, committed, pieces };
}

const three = ["a", "b", "c"].map(destinationTo);

async function* chunks(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, "x");
}

test.each<[string, MessageBody]>([
  ["in one array", Buffer.alloc(300_000, "x")],
  ["in chunks", chunks(100_000, 200_000)],
])("a short message for one destination is stored with its body, given %s", async (_, body) => {
  const { enqueuer, stored, pieces } = newEnqueuer();
  const added = await enqueuer.add(messageTo("a", { delayMs: 500, firstSeenMs: 4000 }), body);
  expect(added).toEqual({ ids: ["1"], duplicate: false });
  const message = await stored.find("1");
  expect(message?.label).toMatchObject({
    notBeforeMs: 5500,
    firstSeenMs: 3900,
    sizeBytes: 300_000,
  });
  expect(message?.body).toHaveLength(300_000);
  expect(pieces()).toBe(0);
});

test("a long body, and a body of several destinations, are stored first and then committed", async () => {
  const long = newEnqueuer();
  await long.enqueuer.add(messageTo("a"), chunks(600_000, 600_000));
  expect(long.committed).toMatchObject([
    { label: { sizeBytes: 1_200_000 }, pieces: { length: 5 } },
  ]);
  const several = newEnqueuer();
  const added = await several.enqueuer.add(
    messageTo("", { destinations: three }),
    Buffer.from("x"),
  );
  expect(added.ids).toEqual(["r-0", "r-1", "r-2"]);
  expect(several.committed).toMatchObject([{ destinations: three, pieces: { length: 1 } }]);
});

test("the body of a duplicate is removed", async () => {
  const { enqueuer, pieces } = newEnqueuer({ duplicate: true });
  const message = messageTo("", { destinations: three, dedupId: "once" });
  expect(await enqueuer.add(message, Buffer.from("x"))).toMatchObject({ duplicate: true });
  expect(pieces()).toBe(0);
});

test.each([
  ["queue-full", 0],
  ["queue-unavailable", 1],
] as const)("after %s at the commit, %i pieces of the body stay", async (code, count) => {
  const { enqueuer, pieces } = newEnqueuer({ failure: new QueueError(code, "reason") });
  const added = enqueuer.add(messageTo("", { destinations: three }), Buffer.from("x"));
  await expect(added).rejects.toMatchObject({ code });
  expect(pieces()).toBe(count);
});

test("a body that took too long is not committed, because parts of it may be removed", async () => {
  const { enqueuer, committed, pieces } = newEnqueuer({ commitMs: -1 });
  const added = enqueuer.add(messageTo("", { destinations: three }), Buffer.from("x"));
  await expect(added).rejects.toMatchObject({ code: "queue-unavailable" });
  expect([committed, pieces()]).toEqual([[], 0]);
});

test("an envelope that does not fit is refused for good, by its size in bytes", async () => {
  const { enqueuer } = newEnqueuer();
  const context = new Map([["name", "字".repeat(maxPayload / 4)]]);
  await expect(enqueuer.add(messageTo("a", { context }), Buffer.from("x"))).rejects.toMatchObject({
    code: "bad-message",
    temporary: false,
    message: expect.stringMatching(/have 7\d{5} bytes, and 524288 fit/),
  });
});

test("a refused message closes the caller's body", async () => {
  const { enqueuer, servers } = newEnqueuer();
  const body = new EndlessBody();
  servers.failure = new Error("timeout");
  await expect(enqueuer.add(messageTo("a"), body)).rejects.toMatchObject({
    code: "queue-unavailable",
  });
  expect(body.isClosed).toBe(true);
});

test("a body that fails is queued for no destination", async () => {
  const { enqueuer, committed, pieces } = newEnqueuer();
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield* chunks(900_000, 900_000);
    throw new Error("the client disconnected");
  };
  for (const destinations of [three, three.slice(0, 1)]) {
    await expect(enqueuer.add(messageTo("", { destinations }), failing())).rejects.toMatchObject({
      code: "body-failed",
    });
  }
  expect([committed, pieces()]).toEqual([[], 0]);
});
