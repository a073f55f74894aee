import { expect, test } from "vitest";
import { QueueError } from "../../../src/errors.ts";
import { Claimer } from "../../../src/nats/claim/claim.ts";
import type { Arrival, Intake } from "../../../src/nats/claim/intake.ts";
import type { NatsLender } from "../../../src/nats/claim/nats-lease.ts";
import type { Tombstones } from "../../../src/nats/settle/tombstones.ts";
import { WakeUp } from "../../../src/wake-up.ts";
import { arrivalOf, type FakeArrival } from "./arrivals.ts";

/** A claimer with these arrivals. `ended` has the numbers of settled messages; others in `unknown` cannot be checked. */
function newClaimer(
  arrivals: readonly FakeArrival[],
  { ended = [], unknown = [] }: { ended?: readonly string[]; unknown?: readonly string[] } = {},
): Claimer {
  let waiting: readonly Arrival[] = arrivals;
  const intake: unknown = {
    wakeUp: new WakeUp(),
    collect: () => {
      const collected = waiting;
      waiting = [];
      return collected;
    },
    keep: (left: readonly Arrival[]) => {
      waiting = [...left, ...waiting];
    },
    pull: () => undefined,
  };
  const settler = {
    hasEnded: async (id: string) => {
      if (unknown.includes(id)) throw new QueueError("queue-unavailable", "timeout");
      return ended.includes(id);
    },
  };
  const flush = async (): Promise<void> => undefined;
  const lender: unknown = { settler, leaseMs: 60_000, clock: () => 0, ahead: () => 0, flush };
  const tombstones: unknown = { recalled: async () => [] };
  return new Claimer(intake as Intake, lender as NatsLender, tombstones as Tombstones, 500);
}

const idsOf = (leases: readonly { readonly message: { readonly id: string } }[]) =>
  leases.map(({ message }) => message.id);

test("claims the messages that have arrived, and holds them", async () => {
  const claimer = newClaimer([arrivalOf(1), arrivalOf(2)]);
  expect(idsOf(await claimer.take(9, {}))).toEqual(["1", "2"]);
  expect([claimer.holds(1), claimer.holds(3)]).toEqual([true, false]);
});

test("a message that was settled is acknowledged and not claimed", async () => {
  const [settled, open] = [arrivalOf(1), arrivalOf(2)];
  const claimer = newClaimer([settled, open], { ended: ["1"] });
  claimer.suspectUpTo(2);
  expect(idsOf(await claimer.take(9, {}))).toEqual(["2"]);
  expect(settled.did).toEqual(["ack"]);
});

test("only messages that a killed server may have forgotten are checked", async () => {
  const arrivals = [arrivalOf(1), arrivalOf(2, { deliveryCount: 2 }), arrivalOf(3)];
  const claimer = newClaimer(arrivals, { ended: ["1", "2", "3"] });
  claimer.suspectUpTo(1);
  expect(idsOf(await claimer.take(9, {}))).toEqual(["3"]);
});

test("a message that cannot be checked is returned, and the others are claimed", async () => {
  const [unknown, open] = [arrivalOf(1), arrivalOf(2)];
  const claimer = newClaimer([unknown, open], { unknown: ["1"] });
  claimer.suspectUpTo(2);
  expect(idsOf(await claimer.take(9, {}))).toEqual(["2"]);
  expect(unknown.did).toEqual(["nak 1000"]);
  expect([claimer.holds(1), claimer.holds(2)]).toEqual([false, true]);
});

test("a leased message that the server delivers again is not claimed twice", async () => {
  const [first, again] = [arrivalOf(1), arrivalOf(1, { deliveryCount: 2 })];
  const claimer = newClaimer([first, again]);
  const [lease] = await claimer.take(1, {});
  expect(await claimer.take(1, {})).toEqual([]);
  await lease?.extend(1000);
  expect(again.did).toEqual(["working"]);
});

test("refuses a batch that is not a whole number", async () => {
  await expect(newClaimer([]).take(1.5, {})).rejects.toMatchObject({ code: "bad-option" });
});

test("close ends a waiting take", async () => {
  const claimer = newClaimer([]);
  claimer.close();
  expect(await claimer.take(1, { waitMs: 60_000 })).toEqual([]);
});
