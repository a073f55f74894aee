import { messageOf } from "./body.ts";
import type { Entry } from "./record.ts";

/** A `kill -9` of a process; the server's name is `server`. */
export interface Kill {
  readonly victim: string;
  readonly atMs: number;
}

export interface Judgement {
  readonly acknowledged: number;
  /** Messages that were acknowledged and never delivered. */
  readonly lost: number;
  readonly delivered: number;
  /** Deliveries after the first one, except after a retry or release, by their reason. */
  readonly extra: {
    /** The message was leased when its consumer or the server was killed. */
    readonly leasedAtKill: number;
    /** The lease had expired: the consumer was too slow, or the server was down for too long. */
    readonly afterLease: number;
  };
  /** The number of messages leased at all kills together: the maximum of `extra.leasedAtKill`. */
  readonly leasedAtKills: number;
  /** How often a settled message was taken again and had no body: its recipients do not get it twice. */
  readonly bodyless: number;
  /** The number of refused adds, by code; each was repeated. */
  readonly refused: ReadonlyMap<string, number>;
  /** The number of acknowledged messages, by the number of their destinations. */
  readonly byDestinations: ReadonlyMap<number, number>;
  /** One line for each breach of the contract. */
  readonly breaches: readonly string[];
}

/** The difference between the time of an event and the time in its record. */
const slackMs = 100;
/** A message that was taken just before another process settled it can be recorded this long after that. */
const overlapMs = 1000;

/** The properties of the backend that the judgement depends on. */
export interface Rules {
  readonly leaseMs: number;
}

/** One delivery: from the take until the lease was settled, or without an end. */
interface Delivery {
  readonly by: string;
  readonly startMs: number;
  /** When the settling was recorded. */
  readonly endMs: number;
  readonly end: "done" | "giving-back" | "none";
}

/**
 * Checks that every acknowledged message was delivered, and every message to all of its destinations or to none; that no
 * message was delivered after `done` had resolved; and that none was delivered twice, unless its lease was given back or
 * had expired, or it was leased when its consumer or the server was killed.
 */
export function judge(entries: readonly Entry[], kills: readonly Kill[], rules: Rules): Judgement {
  const byKey = new Map<string, Entry[]>();
  for (const entry of entries.toSorted((a, b) => a.atMs - b.atMs)) {
    const story = byKey.get(entry.key);
    if (story === undefined) byKey.set(entry.key, [entry]);
    else story.push(entry);
  }
  const breaches: string[] = [];
  const extra = { leasedAtKill: 0, afterLease: 0 };
  let [acknowledged, lost, delivered, leasedAtKills] = [0, 0, 0, 0];
  for (const [key, story] of byKey) {
    const deliveries = deliveriesOf(story);
    if (story.some(({ seen }) => seen === "acked")) {
      acknowledged += 1;
      if (deliveries.length === 0) {
        lost += 1;
        breaches.push(`${key} was acknowledged and never delivered`);
      }
    }
    if (deliveries.length > 0) delivered += 1;
    if (story.some(({ seen }) => seen === "spoiled")) breaches.push(`${key} arrived changed`);
    leasedAtKills += deliveries.flatMap((it) => kills.filter((kill) => hits(kill, it))).length;
    for (const [index, delivery] of deliveries.entries()) {
      const before = deliveries.slice(0, index);
      if (index === 0 || before.some((it) => wasGivenBack(it, delivery))) continue;
      const done = before.find(({ end, endMs }) => end === "done" && endMs < delivery.startMs);
      if (before.some((it) => kills.some((kill) => explains(kill, it, delivery)))) {
        extra.leasedAtKill += 1;
      } else if (done !== undefined) {
        breaches.push(`${key} was delivered after it was done: ${timesOf([...before, delivery])}`);
      } else if (
        before.some(({ startMs }) => delivery.startMs - startMs >= rules.leaseMs - slackMs)
      ) {
        extra.afterLease += 1;
      } else {
        breaches.push(
          `${key} was delivered twice for no reason: ${timesOf([...before, delivery])}`,
        );
      }
    }
  }
  breaches.push(...partly(byKey));
  const bodyless = entries.filter(({ seen }) => seen === "bodyless").length;
  const refusals = entries.filter(({ seen }) => seen === "refused");
  const refused = counted(refusals.map(({ code = "" }) => code));
  const acked = entries.filter(({ seen }) => seen === "acked");
  const byDestinations = counted(counted(acked.map(({ key }) => messageOf(key))).values());
  return {
    acknowledged,
    lost,
    delivered,
    extra,
    leasedAtKills,
    bodyless,
    refused,
    byDestinations,
    breaches,
  };
}

function counted<Value>(values: Iterable<Value>): ReadonlyMap<Value, number> {
  const numbers = new Map<Value, number>();
  for (const value of values) numbers.set(value, (numbers.get(value) ?? 0) + 1);
  return numbers;
}

/** Breaches by messages that reached some of their destinations only. */
function partly(byKey: ReadonlyMap<string, readonly Entry[]>): readonly string[] {
  const byMessage = new Map<string, { all: number; delivered: number }>();
  for (const [key, story] of byKey) {
    const counts = byMessage.get(messageOf(key)) ?? { all: 0, delivered: 0 };
    counts.all += 1;
    if (story.some(({ seen }) => seen === "got")) counts.delivered += 1;
    byMessage.set(messageOf(key), counts);
  }
  return Array.from(byMessage)
    .filter(([, { all, delivered }]) => delivered > 0 && delivered < all)
    .map(
      ([key, { all, delivered }]) => `${key} was delivered to ${delivered} of ${all} destinations`,
    );
}

function deliveriesOf(story: readonly Entry[]): readonly Delivery[] {
  return story.flatMap((entry, index) => {
    if (entry.seen !== "got") return [];
    const rest = story.slice(index + 1).filter(({ by }) => by === entry.by);
    const next = rest.find(({ seen }) => seen === "got");
    const own = next === undefined ? rest : rest.slice(0, rest.indexOf(next));
    const last = own.find(({ seen }) => seen === "done" || seen === "giving-back");
    const end = last?.seen === "done" || last?.seen === "giving-back" ? last.seen : "none";
    return [{ by: entry.by, startMs: entry.atMs, endMs: last?.atMs ?? Infinity, end }];
  });
}

function timesOf(deliveries: readonly Delivery[]): string {
  const startMs = deliveries[0]?.startMs ?? 0;
  return deliveries
    .map((it) => `${it.by} ${it.startMs - startMs} to ${it.endMs - startMs} ms (${it.end})`)
    .join(", ");
}

function wasGivenBack({ end, endMs }: Delivery, again: Delivery): boolean {
  return end === "giving-back" && endMs <= again.startMs + slackMs;
}

/** Whether the message was leased at the kill. One that is about to be given back is leased until that is durable. */
function hits({ victim, atMs }: Kill, { by, startMs, endMs, end }: Delivery): boolean {
  const until = end === "giving-back" ? Infinity : endMs;
  return (
    (victim === "server" || victim === by) && atMs >= startMs - slackMs && atMs <= until + slackMs
  );
}

/** Whether a kill explains the second delivery. */
function explains(kill: Kill, first: Delivery, again: Delivery): boolean {
  return (
    hits(kill, first) &&
    kill.atMs <= again.startMs + slackMs &&
    // After it was settled, it is not taken again.
    (first.end !== "done" || again.startMs <= first.endMs + overlapMs)
  );
}
