import { expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import { addOne, expectNothing, messageTo, opened, takeOne, text } from "./fixture.ts";

const lost = { code: "lease-lost" };
const [bob, eve] = [{ address: "bob@a.example" }, { address: "eve@a.example" }];

export function leasesContract(backend: Backend): void {
  test("retry defers a message with the remaining recipients", async () => {
    const { queue } = await opened(backend);
    const destinations = [{ route: "a.example", recipients: [bob, eve] }];
    const envelope = { from: "ada@example.com" };
    const id = await addOne(queue, { envelope, destinations }, text("body"));
    const first = await takeOne(queue);
    const dueMs = Date.now() + 500;
    await first.retry({ afterMs: 500, reason: "451 later", recipients: [eve] });
    expect(await queue.show(id)).toMatchObject({ id, state: "delayed", reason: "451 later" });
    const second = await takeOne(queue);
    expect(Date.now()).toBeGreaterThanOrEqual(dueMs);
    expect(second.message).toMatchObject({
      id,
      attempt: 2,
      reason: "451 later",
      envelope: { from: "ada@example.com", recipients: [eve] },
    });
    expect(Buffer.from(await second.bytes()).toString()).toBe("body");
    await second.retry({ afterMs: 0, reason: "again" });
    const third = await takeOne(queue);
    expect(third.message).toMatchObject({ id, attempt: 3, envelope: { recipients: [eve] } });
    await third.done();
    await expectNothing(queue);
    expect((await queue.stats()).depth).toBe(0);
  });

  test("retry keeps a long body", async () => {
    const { queue } = await opened(backend);
    const body = Buffer.alloc(2_500_000, "long");
    await queue.add(messageTo("a"), body);
    await (await takeOne(queue)).retry({ afterMs: 0, reason: "later" });
    const lease = await takeOne(queue);
    expect(Buffer.from(await lease.bytes()).equals(body)).toBe(true);
    await lease.done();
  });

  test("retry refuses an empty list of recipients, and the lease continues", async () => {
    const { queue } = await opened(backend);
    await queue.add(messageTo("a"), text("x"));
    const lease = await takeOne(queue);
    await expect(lease.retry({ afterMs: 0, reason: "", recipients: [] })).rejects.toMatchObject({
      code: "bad-message",
    });
    await lease.done();
  });

  test("dead makes a dead letter, which can be retried", async () => {
    const { queue } = await opened(backend);
    const id = await addOne(queue, messageTo("a"), text("body"));
    await (await takeOne(queue)).dead("550 no such user");
    await expectNothing(queue);
    expect(await queue.stats()).toMatchObject({ depth: 0, dead: 1 });
    expect((await queue.list()).messages).toEqual([]);
    const { messages } = await queue.list({ state: "dead" });
    expect(messages).toMatchObject([{ id, state: "dead", reason: "550 no such user", attempt: 1 }]);
    expect(await queue.retryNow(id)).toBe(true);
    expect(await queue.stats()).toMatchObject({ depth: 1, dead: 0 });
    const lease = await takeOne(queue);
    expect(lease.message.id).toBe(id);
    expect(Buffer.from(await lease.bytes()).toString()).toBe("body");
    await lease.done();
  });

  test("dead keeps the remaining recipients, so that a retry is for them only", async () => {
    const { queue } = await opened(backend);
    const destinations = [{ route: "a.example", recipients: [bob, eve] }];
    const envelope = { from: "ada@example.com" };
    const id = await addOne(queue, { envelope, destinations }, text("body"));
    await (await takeOne(queue)).dead("550 no such user", [eve]);
    expect(await queue.show(id)).toMatchObject({ state: "dead", envelope: { recipients: [eve] } });
    await queue.retryNow(id);
    const lease = await takeOne(queue);
    expect(lease.message.envelope).toMatchObject({ from: "ada@example.com", recipients: [eve] });
    await lease.done();
  });

  test("a released message can be taken at once", async () => {
    const { queue, openAgain } = await opened(backend);
    const id = await addOne(queue, messageTo("a"), text("x"));
    await (await takeOne(queue)).release();
    const lease = await takeOne(await openAgain());
    expect(lease.message).toMatchObject({ id, attempt: 1 });
  });

  test("a message whose lease expires can be taken again, and the first lease is lost", async () => {
    const { queue, openAgain } = await opened(backend, { leaseMs: 1000 });
    const id = await addOne(queue, messageTo("a"), text("x"));
    const first = await takeOne(queue);
    const second = await takeOne(await openAgain());
    expect(second.message.id).toBe(id);
    expect(Date.now()).toBeGreaterThanOrEqual(first.expiresAtMs - 50);
    await expect(first.done()).rejects.toMatchObject(lost);
    await expect(first.retry({ afterMs: 0, reason: "" })).rejects.toMatchObject(lost);
    await expect(first.extend(1000)).rejects.toMatchObject(lost);
    await second.done();
    await expectNothing(queue);
  });

  test("an extended lease does not expire", async () => {
    const { queue, openAgain } = await opened(backend, { leaseMs: 2000 });
    const other = await openAgain();
    await queue.add(messageTo("a"), text("x"));
    const lease = await takeOne(queue);
    const end = lease.expiresAtMs + 1500;
    while (Date.now() < end) {
      expect(await lease.extend(2000)).toBe(lease.expiresAtMs);
      expect(await other.take(1, { waitMs: 300 })).toEqual([]);
    }
    await lease.done();
  });

  test.runIf(backend.extendsByAnyTime)("extend sets any duration", async () => {
    const { queue } = await opened(backend);
    await queue.add(messageTo("a"), text("x"));
    const lease = await takeOne(queue);
    await lease.extend(1);
    const again = await takeOne(queue);
    expect(again.message.id).toBe(lease.message.id);
    await again.done();
  });

  test("a lease is settled once", async () => {
    const { queue } = await opened(backend);
    await queue.add(messageTo("a"), text("x"));
    const lease = await takeOne(queue);
    await lease.done();
    await expect(lease.done()).rejects.toMatchObject(lost);
    await expect(lease.retry({ afterMs: 0, reason: "" })).rejects.toMatchObject(lost);
    await expect(lease.dead("")).rejects.toMatchObject(lost);
    await expect(lease.release()).rejects.toMatchObject(lost);
    expect(await queue.stats()).toMatchObject({ depth: 0, dead: 0 });
  });
}
