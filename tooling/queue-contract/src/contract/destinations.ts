import type { Queue } from "@mailseal/queue";
import { expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import {
  brokenBody,
  destinationTo,
  expectNothing,
  messageTo,
  opened,
  takeAll,
  text,
} from "./fixture.ts";

const routes = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `r${index}.example`);
const destinations = (count: number) => routes(count).map(destinationTo);
const long = Buffer.alloc(2_500_000, "long");

async function contentOf(queue: Queue, id: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of queue.content(id)) pieces.push(piece);
  return Buffer.concat(pieces);
}

export function destinationsContract(backend: Backend): void {
  test("each destination has the body, the context, and its own recipients, route and id", async () => {
    const { queue } = await opened(backend);
    const context = new Map([["binding", "pool-1"]]);
    const message = { ...messageTo("a", { context, dedupId: "d" }), destinations: destinations(3) };
    const { ids } = await queue.add(message, text("body"));
    expect(new Set(ids).size).toBe(3);
    const leases = await takeAll(queue, 3);
    expect(leases.map((lease) => lease.message.id).toSorted()).toEqual(ids.toSorted());
    for (const lease of leases) {
      const index = ids.indexOf(lease.message.id);
      expect(lease.message).toMatchObject({
        route: `r${index}.example`,
        envelope: { ...message.envelope, recipients: message.destinations[index]?.recipients },
        context,
        dedupId: "d",
        sizeBytes: 4,
      });
      expect(Buffer.from(await lease.bytes()).toString()).toBe("body");
    }
  });

  test("a thousand destinations are added in one call, and each is delivered once", async () => {
    const { queue } = await opened(backend);
    const message = messageTo("a", { destinations: destinations(1000), dedupId: "once" });
    const body = Buffer.alloc(86_000, "x");
    const { ids } = await queue.add(message, body);
    expect(await queue.add(message, body)).toEqual({ ids, duplicate: true });
    const taken: string[] = [];
    while (taken.length < 1000) {
      const leases = await queue.take(100, { waitMs: 2000 });
      if (leases.length === 0) break;
      taken.push(...leases.map((lease) => lease.message.route));
      await Promise.all(leases.map((lease) => lease.done()));
    }
    expect(taken.toSorted()).toEqual(routes(1000).toSorted());
    await expectNothing(queue);
    expect(await queue.stats()).toMatchObject({ depth: 0, bytes: 0 });
  });

  test("a message whose body fails is queued for no destination", async () => {
    const { queue } = await opened(backend);
    const message = messageTo("a", { destinations: destinations(10), dedupId: "again" });
    await expect(queue.add(message, brokenBody(long))).rejects.toMatchObject({
      code: "body-failed",
    });
    expect(await queue.stats()).toMatchObject({ depth: 0, bytes: 0 });
    // Its de-duplication id is not remembered either.
    expect(await queue.add(message, text("x"))).toMatchObject({ duplicate: false });
  });

  test("the body is kept until the last destination is settled, in whatever way", async () => {
    const { queue } = await opened(backend);
    const message = messageTo("a", { destinations: destinations(4) });
    const { ids } = await queue.add(message, long);
    const leases = await takeAll(queue, 4);
    const byRoute = leases.toSorted((a, b) => (a.message.route < b.message.route ? -1 : 1));
    const [first, second, third, fourth] = byRoute;
    await first?.done();
    await second?.dead("550 no such user");
    await third?.retry({ afterMs: 0, reason: "451 later" });
    await fourth?.done();
    const [again] = await takeAll(queue, 1);
    expect(again?.message).toMatchObject({ id: ids[2], attempt: 2, reason: "451 later" });
    expect((await again?.bytes())?.length).toBe(long.length);
    await again?.done();
    const dead = ids[1] ?? "";
    expect((await contentOf(queue, dead)).equals(long)).toBe(true);
    expect(await queue.stats()).toMatchObject({ depth: 0, bytes: 0, dead: 1 });
    expect(await queue.retryNow(dead)).toBe(true);
    expect((await queue.stats()).bytes).toBeGreaterThanOrEqual(
      backend.knowsLeases ? long.length : 1,
    );
    expect(await queue.drop(dead)).toBe(true);
    expect(await queue.drop(dead)).toBe(false);
    expect((await contentOf(queue, dead)).length).toBe(0);
    expect(await queue.stats()).toMatchObject({ depth: 0, bytes: 0, dead: 0, routes: [] });
  });

  test("each destination can be listed, held and dropped separately", async () => {
    const { queue } = await opened(backend);
    const { ids } = await queue.add(messageTo("a", { destinations: destinations(3) }), text("x"));
    const [first = "", second = "", third = ""] = ids;
    expect((await queue.list()).messages.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect((await queue.list({ route: "r1.example" })).messages).toMatchObject([
      { id: second, envelope: { recipients: [{ address: "bob@r1.example" }] } },
    ]);
    expect(await queue.hold(first)).toBe(true);
    expect(await queue.drop(second)).toBe(true);
    expect(await queue.show(second)).toBeUndefined();
    expect((await contentOf(queue, first)).toString()).toBe("x");
    const [lease] = await takeAll(queue, 1);
    expect(lease?.message.id).toBe(third);
    await lease?.done();
    expect(await queue.release(first)).toBe(true);
    const [last] = await takeAll(queue, 1);
    expect(Buffer.from((await last?.bytes()) ?? "").toString()).toBe("x");
    await last?.done();
    expect(await queue.stats()).toMatchObject({ depth: 0, bytes: 0 });
  });

  test.runIf(backend.storesBodiesOnce)(
    "the body of many destinations is stored once and counts once",
    async () => {
      const { queue } = await opened(backend);
      await queue.add(messageTo("a", { destinations: destinations(100) }), long);
      const { depth, bytes } = await queue.stats();
      expect(depth).toBe(100);
      expect(bytes).toBeGreaterThanOrEqual(long.length);
      expect(bytes).toBeLessThan(2 * long.length);
    },
  );
}
