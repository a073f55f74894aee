import type { ListedMessage, ListOptions, Queue } from "@mailseal/queue";
import { expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import { addOne, expectNothing, messageTo, opened, takeOne, text } from "./fixture.ts";

async function listAll(queue: Queue, options: ListOptions): Promise<readonly ListedMessage[]> {
  const all: ListedMessage[] = [];
  let after: string | undefined;
  do {
    const page = await queue.list({ ...options, ...(after !== undefined && { after }) });
    expect(page.messages.length).toBeLessThanOrEqual(options.limit ?? 100);
    all.push(...page.messages);
    after = page.next;
  } while (after !== undefined);
  return all;
}

export function administrationContract(backend: Backend): void {
  test("lists all or some messages page by page", async () => {
    const { queue } = await opened(backend);
    const ids: string[] = [];
    for (let index = 0; index < 9; index += 1) {
      ids.push(await addOne(queue, messageTo(index % 3 === 0 ? "a" : "b"), text("x")));
    }
    expect(await queue.hold(ids[4] ?? "")).toBe(true);
    const all = await listAll(queue, { limit: 2 });
    expect(all.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    const some = await listAll(queue, { route: "a" });
    expect(some.map(({ id }) => id)).toEqual([ids[0], ids[3], ids[6]]);
    expect((await listAll(queue, { state: "held" })).map(({ id }) => id)).toEqual([ids[4]]);
    expect(await listAll(queue, { state: "dead" })).toEqual([]);
    await expect(queue.list({ after: "nowhere" })).rejects.toMatchObject({ code: "bad-option" });
  });

  test("lists all messages of a route page by page, whatever their state", async () => {
    const { queue } = await opened(backend);
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      ids.push(await addOne(queue, messageTo("a"), text("x")));
      await queue.add(messageTo("b"), text("x"));
    }
    await queue.hold(ids[1] ?? "");
    const id = await addOne(queue, messageTo("a", { delayMs: 3_600_000 }), text("x"));
    const all = await listAll(queue, { route: "a", limit: 2 });
    expect(all.map((message) => message.id).toSorted()).toEqual([...ids, id].toSorted());
    expect(await listAll(queue, { route: "nowhere" })).toEqual([]);
  });

  test("a held message is not taken until it is released", async () => {
    const { queue } = await opened(backend);
    const id = await addOne(queue, messageTo("a"), text("body"));
    expect(await queue.release(id)).toBe(false);
    expect(await queue.hold(id)).toBe(true);
    expect(await queue.hold(id)).toBe(false);
    await expectNothing(queue);
    expect(await queue.stats()).toMatchObject({ depth: 1, held: 1 });
    expect(await queue.show(id)).toMatchObject({ id, state: "held", route: "a", sizeBytes: 4 });
    expect(await queue.release(id)).toBe(true);
    const lease = await takeOne(queue);
    expect(lease.message.id).toBe(id);
    expect(Buffer.from(await lease.bytes()).toString()).toBe("body");
  });

  test("retryNow makes a deferred message ready", async () => {
    const { queue } = await opened(backend);
    const id = await addOne(queue, messageTo("a"), text("x"));
    expect(await queue.retryNow(id)).toBe(false);
    await (await takeOne(queue)).retry({ afterMs: 3_600_000, reason: "later" });
    await expectNothing(queue);
    expect(await queue.retryNow(id)).toBe(true);
    expect((await takeOne(queue)).message).toMatchObject({ id, attempt: 2 });
  });

  test("drop removes a message in any state", async () => {
    const { queue: taker, openAgain } = await opened(backend);
    const dead = await addOne(taker, messageTo("a"), text("x"));
    await (await takeOne(taker)).dead("no");
    // A message on its way to a process that takes could not be dropped.
    await taker.close();
    const queue = await openAgain();
    const ready = await addOne(queue, messageTo("a"), text("x"));
    const held = await addOne(queue, messageTo("a"), text("x"));
    await queue.hold(held);
    for (const id of [ready, held, dead]) {
      expect(await queue.drop(id)).toBe(true);
      expect(await queue.drop(id)).toBe(false);
      expect(await queue.show(id)).toBeUndefined();
    }
    expect(await queue.stats()).toMatchObject({ depth: 0, held: 0, dead: 0, routes: [] });
    await expectNothing(queue);
  });

  test.runIf(backend.knowsLeases)("hold and drop end a lease", async () => {
    const { queue } = await opened(backend);
    const id = await addOne(queue, messageTo("a"), text("x"));
    const first = await takeOne(queue);
    expect(await queue.show(id)).toMatchObject({ state: "leased", dueMs: first.expiresAtMs });
    expect(await queue.hold(id)).toBe(true);
    await expect(first.done()).rejects.toMatchObject({ code: "lease-lost" });
    await queue.release(id);
    const second = await takeOne(queue);
    expect(await queue.drop(id)).toBe(true);
    await expect(second.done()).rejects.toMatchObject({ code: "lease-lost" });
  });

  test.each(["", "nothing", "zzzzzzzzz", "1", "../x", "a.b", "*"])(
    "the id %j finds no message",
    async (id) => {
      const { queue } = await opened(backend);
      expect(await queue.show(id)).toBeUndefined();
      expect(await queue.drop(id)).toBe(false);
      expect(await queue.hold(id)).toBe(false);
      expect(await queue.release(id)).toBe(false);
      expect(await queue.retryNow(id)).toBe(false);
      for await (const piece of queue.content(id)) expect.unreachable(`got ${piece.length} bytes`);
    },
  );

  test("a dead letter has the time when it became one, and can be dropped", async () => {
    const { queue } = await opened(backend);
    await queue.add(messageTo("a", { firstSeenMs: Date.now() - 3_600_000 }), text("x"));
    const lease = await takeOne(queue);
    await lease.dead("never");
    const { messages } = await queue.list({ state: "dead" });
    expect(messages).toHaveLength(1);
    const [letter] = messages;
    expect(Math.abs((letter?.dueMs ?? 0) - Date.now())).toBeLessThan(600_000);
    expect(await queue.drop(letter?.id ?? "")).toBe(true);
    expect((await queue.stats()).dead).toBe(0);
  });

  test("stats counts messages, bytes and routes", async () => {
    const { queue } = await opened(backend);
    expect(await queue.stats()).toMatchObject({ depth: 0, bytes: 0, leased: 0, routes: [] });
    expect((await queue.stats()).oldestAgeMs).toBeUndefined();
    const firstSeenMs = Date.now() - 60_000;
    await queue.add(messageTo("big", { firstSeenMs }), text("first"));
    for (let index = 0; index < 3; index += 1) await queue.add(messageTo("big"), text("12345"));
    await queue.add(messageTo("small"), text("12345"));
    await takeOne(queue, { excludeRoutes: new Set(["small"]) });
    const stats = await queue.stats();
    expect(stats).toMatchObject({ depth: 5, held: 0, dead: 0 });
    expect(stats.bytes).toBeGreaterThanOrEqual(25);
    expect(stats.oldestAgeMs).toBeGreaterThanOrEqual(60_000);
    expect(stats.leased).toBeGreaterThanOrEqual(1);
    expect(stats.routes.map(({ route, depth }) => [route, depth])).toEqual([
      ["big", 4],
      ["small", 1],
    ]);
    expect((await queue.stats({ maxRoutes: 1 })).routes).toHaveLength(1);
    expect(JSON.parse(JSON.stringify(stats))).toEqual(stats);
  });

  test.runIf(backend.knowsLeases)("stats counts messages by state", async () => {
    const { queue } = await opened(backend);
    for (let index = 0; index < 5; index += 1) await queue.add(messageTo("a"), text("12345"));
    const [, retried, dead, done] = await queue.take(4);
    await retried?.retry({ afterMs: 60_000, reason: "later" });
    await dead?.dead("never");
    await done?.done();
    const counts = { leased: 1, delayed: 1, held: 0, dead: 1, bytes: 15, depth: 3 };
    expect(await queue.stats()).toMatchObject({ ...counts, routes: [{ route: "a", ...counts }] });
  });
}
