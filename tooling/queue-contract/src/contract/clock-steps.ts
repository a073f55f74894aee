import { describe, expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import { addOne, expectNothing, messageTo, opened, takeAll, takeOne, text } from "./fixture.ts";

const hourMs = 3_600_000;

/** The promises that hold even if the wall clock of this machine is set. */
export function clockStepsContract(backend: Backend): void {
  describe.each([hourMs, -hourMs])("a wall clock that steps by %i ms", (stepMs) => {
    test("ends no lease, and lets no other process take a leased message", async () => {
      let ahead = 0;
      const { queue, openAgain } = await opened(backend, { clock: () => Date.now() + ahead });
      const other = await openAgain();
      for (const route of ["a", "b", "c", "d"]) await queue.add(messageTo(route), text("x"));
      const leases = await takeAll(queue, 4);
      ahead = stepMs;
      await expectNothing(other);
      const [done, retried, dead, released] = leases;
      expect(await done?.extend(30_000)).toBeGreaterThan(Date.now() + ahead + 20_000);
      await done?.done();
      await retried?.retry({ afterMs: 20_000, reason: "later" });
      await dead?.dead("no");
      await released?.release();
      await (await takeOne(other)).done();
      await expectNothing(other);
      expect(await queue.stats()).toMatchObject({ depth: 1, dead: 1 });
    });

    test("makes no retry earlier or later", async () => {
      let ahead = 0;
      const { queue, openAgain } = await opened(backend, { clock: () => Date.now() + ahead });
      await queue.add(messageTo("a"), text("x"));
      await queue.add(messageTo("b", { delayMs: 1500 }), text("x"));
      await (await takeOne(queue)).retry({ afterMs: 1500, reason: "later" });
      ahead = stepMs;
      const later = await openAgain();
      await expectNothing(queue);
      await expectNothing(later);
      for (const lease of await takeAll(later, 2)) await lease.done();
      expect((await queue.stats()).depth).toBe(0);
    });

    test("makes no message older or younger", async () => {
      let ahead = 0;
      const wall = (): number => Date.now() + ahead;
      const { queue, openAgain } = await opened(backend, { clock: wall });
      const id = await addOne(queue, messageTo("a"), text("x"));
      ahead = stepMs;
      const other = await openAgain();
      const given = await addOne(
        other,
        messageTo("b", { firstSeenMs: wall() - 60_000 }),
        text("x"),
      );
      for (const it of [queue, other]) {
        expect(wall() - ((await it.show(id))?.firstSeenMs ?? 0)).toBeLessThan(30_000);
        const aged = wall() - ((await it.show(given))?.firstSeenMs ?? 0);
        expect(aged).toBeGreaterThan(58_000);
        expect(aged).toBeLessThan(90_000);
      }
      const [first] = await takeAll(other, 2);
      expect(Math.abs(wall() - (first?.message.firstSeenMs ?? 0))).toBeLessThan(90_000);
    });
  });
}
