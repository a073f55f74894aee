import type { Lease, Queue } from "@mailseal/queue";
import { expect, onTestFinished, test } from "vitest";
import { LeaseRenewal } from "../../src/delivery/lease-renewal.ts";
import { content, mailTo, openTestQueue } from "../worker-under-test.ts";

const leaseMs = 300;

async function claimed(addresses: readonly string[]): Promise<{
  readonly queue: Queue;
  readonly leases: readonly Lease[];
}> {
  const queue = await openTestQueue(undefined, undefined, { leaseMs });
  for (const address of addresses) await queue.add(mailTo([address]), content);
  return { queue, leases: await queue.take(addresses.length) };
}

function renewalOf(leases: readonly Lease[]): LeaseRenewal {
  const renewal = new LeaseRenewal(leaseMs);
  for (const lease of leases) renewal.add(lease);
  onTestFinished(() => renewal.release());
  return renewal;
}

test(
  "leases are extended until they are removed, and expire then",
  { timeout: 20_000 },
  async () => {
    const { queue, leases } = await claimed(["ann@example.net"]);
    const renewal = renewalOf(leases);
    expect(await queue.take(1, { waitMs: 4 * leaseMs })).toEqual([]);
    for (const lease of leases) renewal.remove(lease);
    const [again] = await queue.take(1, { waitMs: 10_000 });
    expect(again?.message.attempt).toBe(2);
  },
);

test(
  "a lease that is lost is forgotten, and the others are still extended",
  { timeout: 20_000 },
  async () => {
    const { queue, leases } = await claimed(["ann@example.net", "bob@example.net"]);
    const renewal = renewalOf(leases);
    const [dropped, kept] = leases.map(({ message }) => message.id);
    await queue.drop(dropped ?? "");
    await expect.poll(() => renewal.ids(10)).toEqual([kept]);
    expect(await queue.take(1, { waitMs: 4 * leaseMs })).toEqual([]);
  },
);

test("all messages are released at once, and not counted as attempts", async () => {
  const { queue, leases } = await claimed(["ann@example.net", "bob@example.net"]);
  const renewal = renewalOf(leases);
  expect(renewal.ids(1)).toEqual([leases[0]?.message.id]);
  await renewal.release();
  expect(renewal.ids(10)).toEqual([]);
  const again = await queue.take(10);
  expect(again.map(({ message }) => message.attempt)).toEqual([1, 1]);
});
