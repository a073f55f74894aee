import type { Lease } from "@mailseal/queue";
import { expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import {
  addOne,
  expectNothing,
  messageTo,
  opened,
  patienceMs,
  takeAll,
  takeOne,
  text,
} from "./fixture.ts";

const routesOf = (leases: readonly Lease[]): readonly string[] =>
  leases.map(({ message }) => message.route).toSorted();

export function takingContract(backend: Backend): void {
  test("a take from an empty queue is empty", async () => {
    const { queue } = await opened(backend);
    expect(await queue.take(5)).toEqual([]);
  });

  test("a waiting take gets a message that is added", async () => {
    const { queue } = await opened(backend);
    const waiting = queue.take(1, { waitMs: patienceMs });
    const id = await addOne(queue, messageTo("a.example"), text("x"));
    expect((await waiting).map(({ message }) => message.id)).toEqual([id]);
  });

  test("a waiting take gets a message that another handle adds", async () => {
    const { queue, openAgain } = await opened(backend);
    const other = await openAgain();
    const waiting = other.take(1, { waitMs: patienceMs });
    const id = await addOne(queue, messageTo("a.example"), text("x"));
    expect((await waiting).map(({ message }) => message.id)).toEqual([id]);
  });

  test("a signal and close end a waiting take", async () => {
    const { queue } = await opened(backend);
    const stop = new AbortController();
    const waiting = queue.take(1, { waitMs: patienceMs, signal: stop.signal });
    stop.abort();
    expect(await waiting).toEqual([]);
    const closing = queue.take(1, { waitMs: patienceMs });
    await queue.close();
    expect(await closing).toEqual([]);
  });

  test("a take is never larger than the batch", async () => {
    const { queue } = await opened(backend);
    for (let index = 0; index < 7; index += 1) await queue.add(messageTo("a.example"), text("x"));
    const first = await queue.take(3, { waitMs: patienceMs });
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThanOrEqual(3);
    await takeAll(queue, 7 - first.length);
    await expectNothing(queue);
  });

  test("two handles that take at the same time never get the same message", async () => {
    const { queue, openAgain } = await opened(backend);
    const other = await openAgain();
    const count = 200;
    await Promise.all(
      Array.from({ length: count }, (_, index) => queue.add(messageTo(`r${index % 5}`), text("x"))),
    );
    const ids: string[] = [];
    const work = async (handle: typeof queue): Promise<void> => {
      while (ids.length < count) {
        const leases = await handle.take(7, { waitMs: 500 });
        for (const { message } of leases) ids.push(message.id);
        await Promise.all(leases.map((lease) => lease.done()));
      }
    };
    await Promise.all([work(queue), work(other)]);
    expect(ids).toHaveLength(count);
    expect(new Set(ids).size).toBe(count);
  });

  test("excluded routes are not taken until they are no longer excluded", async () => {
    const { queue } = await opened(backend);
    for (const route of ["slow", "slow", "slow", "quick", "slow"]) {
      await queue.add(messageTo(route), text("x"));
    }
    const excludeRoutes = new Set(["slow"]);
    const quick = await takeOne(queue, { excludeRoutes });
    expect(quick.message.route).toBe("quick");
    await expectNothing(queue, { excludeRoutes });
    expect(routesOf(await takeAll(queue, 4))).toEqual(["slow", "slow", "slow", "slow"]);
  });

  test("routes with an excluded ending are not taken until they are no longer excluded", async () => {
    const { queue } = await opened(backend);
    for (const route of ["a by slow", "b by slow", "c by quick", "by slow of d"]) {
      await queue.add(messageTo(route), text("x"));
    }
    const excludeEndings = [" by slow", " by none"];
    const others = [
      await takeOne(queue, { excludeEndings }),
      await takeOne(queue, { excludeEndings }),
    ];
    expect(routesOf(others).toSorted()).toEqual(["by slow of d", "c by quick"]);
    await expectNothing(queue, { excludeEndings });
    expect(routesOf(await takeAll(queue, 2)).toSorted()).toEqual(["a by slow", "b by slow"]);
  });

  test("a take has at most maxPerRoute messages of a route", async () => {
    const { queue } = await opened(backend);
    for (const route of ["a", "a", "a", "b", "b", "b"])
      await queue.add(messageTo(route), text("x"));
    const leases = await queue.take(10, { waitMs: patienceMs, maxPerRoute: 1 });
    expect(new Set(routesOf(leases)).size).toBe(leases.length);
    expect(leases.length).toBeGreaterThan(0);
  });

  test("a take stops at maxBytes", async () => {
    const { queue } = await opened(backend);
    for (let index = 0; index < 4; index += 1) {
      await queue.add(messageTo("a"), Buffer.alloc(1000));
    }
    const leases = await queue.take(10, { waitMs: patienceMs, maxBytes: 1001 });
    expect(leases.length).toBeGreaterThan(0);
    expect(leases.length).toBeLessThanOrEqual(2);
    await takeAll(queue, 4 - leases.length);
  });

  test("a delayed message is not taken before it is due", async () => {
    const { queue } = await opened(backend);
    const dueMs = Date.now() + 600;
    const id = await addOne(queue, messageTo("a", { delayMs: 600 }), text("x"));
    expect(await queue.show(id)).toMatchObject({ state: "delayed", attempt: 0 });
    const lease = await takeOne(queue);
    expect(Date.now()).toBeGreaterThanOrEqual(dueMs);
    expect(lease.message.attempt).toBe(1);
  });
}
