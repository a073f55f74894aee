import type { MessageBody } from "@mailseal/queue";
import { expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import {
  addOne,
  brokenBody,
  expectNothing,
  messageTo,
  opened,
  patienceMs,
  takeAll,
  takeOne,
  text,
} from "./fixture.ts";

const bob = { address: "bob@example.net" };
const binary = Uint8Array.from({ length: 256 }, (_, octet) => octet);
const long = Buffer.alloc(3 * 1024 * 1024 + 17, binary);

async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    yield bytes.subarray(start, start + chunkBytes);
  }
}

const bodies: readonly { name: string; body: () => MessageBody; bytes: Uint8Array }[] = [
  { name: "empty", body: () => new Uint8Array(), bytes: new Uint8Array() },
  { name: "every octet", body: () => binary, bytes: binary },
  { name: "short, in chunks", body: () => inChunks(binary, 7), bytes: binary },
  { name: "no chunks", body: () => inChunks(new Uint8Array(), 1), bytes: new Uint8Array() },
  {
    name: "256 KiB",
    body: () => long.subarray(0, 256 * 1024),
    bytes: long.subarray(0, 256 * 1024),
  },
  {
    name: "1 MiB",
    body: () => long.subarray(0, 1024 * 1024),
    bytes: long.subarray(0, 1024 * 1024),
  },
  { name: "3 MiB", body: () => long, bytes: long },
  { name: "3 MiB in chunks", body: () => inChunks(long, 99_999), bytes: long },
];

export function acceptingContract(backend: Backend): void {
  test("a message is taken as it was added", async () => {
    const { queue } = await opened(backend);
    const recipients = [
      { address: "bob@example.net", dsn: { notify: ["failure", "delay"], orcpt: "rfc822;b@x" } },
      { address: "zoë@bücher.example" },
    ] as const;
    const envelope = {
      from: "",
      ret: "headers",
      envid: "QQ314159",
      smtputf8: true,
      body8bit: true,
    } as const;
    const context = new Map([
      ["binding", "pool-1"],
      ["__proto__", "harmless"],
    ]);
    const destination = { route: "bücher.example", recipients };
    const kept = { context, dedupId: "d", firstSeenMs: 1234 };
    const { ids, duplicate } = await queue.add(
      { envelope, destinations: [destination], ...kept },
      text("Subject: x\r\n\r\nhello\r\n"),
    );
    const [id = ""] = ids;
    expect(duplicate).toBe(false);
    const lease = await takeOne(queue);
    expect(lease.message).toEqual({
      id,
      envelope: { ...envelope, recipients },
      route: destination.route,
      ...kept,
      sizeBytes: 21,
      attempt: 1,
    });
    expect(Buffer.from(await lease.bytes()).toString()).toBe("Subject: x\r\n\r\nhello\r\n");
    await lease.done();
    await expectNothing(queue);
    expect(await queue.show(id)).toBeUndefined();
  });

  test.each(bodies)("a body is taken as it was added: $name", async ({ body, bytes }) => {
    const { queue } = await opened(backend);
    const id = await addOne(queue, messageTo("a.example"), body());
    const lease = await takeOne(queue);
    expect(lease.message.sizeBytes).toBe(bytes.length);
    expect(Buffer.from(await lease.bytes()).equals(bytes)).toBe(true);
    const longest = { bytes: 0 };
    for await (const piece of lease.body()) longest.bytes = Math.max(longest.bytes, piece.length);
    expect(longest.bytes).toBeLessThanOrEqual(1024 * 1024);
    const shown: Uint8Array[] = [];
    for await (const piece of queue.content(id)) shown.push(piece);
    expect(Buffer.concat(shown).equals(bytes)).toBe(true);
    await lease.done();
    expect((await queue.stats()).depth).toBe(0);
  });

  test.each([1, 2 * 1024 * 1024])(
    "a message whose body fails after %i bytes is not queued",
    async (size) => {
      const { queue } = await opened(backend);
      await expect(
        queue.add(messageTo("a.example"), brokenBody(Buffer.alloc(size))),
      ).rejects.toMatchObject({ code: "body-failed" });
      expect((await queue.stats()).depth).toBe(0);
      await expectNothing(queue);
    },
  );

  test("two adds with one de-duplication id are one message, even after it is done", async () => {
    const { queue } = await opened(backend);
    const message = messageTo("a.example", { dedupId: "once" });
    const [first, second] = await Promise.all([
      queue.add(message, text("1")),
      queue.add(message, text("1")),
    ]);
    expect([first?.duplicate, second?.duplicate].toSorted()).toEqual([false, true]);
    expect(first?.ids).toEqual(second?.ids);
    await (await takeOne(queue)).done();
    expect(await queue.add(message, text("1"))).toEqual({ duplicate: true, ids: first?.ids });
    expect(await queue.add(message, Buffer.alloc(2_000_000))).toMatchObject({ duplicate: true });
    expect(await queue.add(messageTo("a.example", { dedupId: "other" }), text("2"))).toMatchObject({
      duplicate: false,
    });
    await (await takeOne(queue)).done();
    await expectNothing(queue);
  });

  test("a de-duplication id is forgotten after its window", async () => {
    const { queue } = await opened(backend, { dedupWindowMs: 300 });
    const message = messageTo("a.example", { dedupId: "again" });
    const deadline = Date.now() + patienceMs;
    expect((await queue.add(message, text("1"))).duplicate).toBe(false);
    let forgotten = false;
    while (!forgotten && Date.now() < deadline) {
      forgotten = !(await queue.add(message, text("1"))).duplicate;
    }
    expect(forgotten).toBe(true);
    expect((await queue.stats()).depth).toBe(2);
  });

  test("500 messages are added at the same time", async () => {
    const { queue } = await opened(backend);
    const names = Array.from({ length: 500 }, (_, index) => `message ${index}`);
    const added = await Promise.all(
      names.map((name, index) => queue.add(messageTo(`r${index % 17}.example`), text(name))),
    );
    expect(new Set(added.flatMap(({ ids }) => ids)).size).toBe(names.length);
    const leases = await takeAll(queue, names.length);
    const taken = await Promise.all(
      leases.map(async (lease) => Buffer.from(await lease.bytes()).toString()),
    );
    expect(taken.toSorted()).toEqual(names.toSorted());
    await Promise.all(leases.map((lease) => lease.done()));
    expect((await queue.stats()).depth).toBe(0);
  });

  test("a message stays in the queue after all handles are closed", async () => {
    const { queue, openAgain } = await opened(backend);
    const id = await addOne(queue, messageTo("a.example"), text("kept"));
    await queue.close();
    const again = await openAgain();
    expect((await takeOne(again)).message.id).toBe(id);
  });

  test.each([
    ["a message without a destination", { destinations: [] }],
    ["a destination without recipients", { destinations: [{ route: "a", recipients: [] }] }],
    ["an empty route", { destinations: [{ route: "", recipients: [bob] }] }],
    ["a long route", { destinations: [{ route: "x".repeat(256), recipients: [bob] }] }],
    [
      "one bad destination among good ones",
      {
        destinations: [
          { route: "a", recipients: [bob] },
          { route: "b", recipients: [] },
        ],
      },
    ],
    ["an empty de-duplication id", { dedupId: "" }],
    ["a time that is not a number", { firstSeenMs: Number.NaN }],
    ["a negative delay", { delayMs: -1 }],
  ])("refuses %s", async (_, wrong) => {
    const { queue } = await opened(backend);
    await expect(queue.add(messageTo("a.example", wrong), text("x"))).rejects.toMatchObject({
      code: "bad-message",
    });
    expect((await queue.stats()).depth).toBe(0);
  });

  test("every call of a closed queue rejects with queue-closed", async () => {
    const { queue } = await opened(backend);
    await queue.close();
    const closed = { code: "queue-closed" };
    await expect(queue.add(messageTo("a.example"), text("x"))).rejects.toMatchObject(closed);
    await expect(queue.take(1)).rejects.toMatchObject(closed);
    await expect(async () => queue.stats()).rejects.toMatchObject(closed);
    await queue.close();
  });
}
