import { messageOf } from "./body.ts";
import type { Entry } from "./record.ts";

/** A process that was ended by `kill -9`; a server's name is `server`. */
export interface Kill {
  readonly victim: string;
  readonly atMs: number;
}

export interface Judgement {
  readonly acknowledged: number;
  /** Acknowledged and never delivered. */
  readonly lost: number;
  readonly delivered: number;
  /** Deliveries beyond the first one that nobody had asked for by giving it back, by their reason. */
  readonly extra: {
    /** In hand when the one who had it was killed, or the server. */
    readonly inHandAtKill: number;
    /** The lease had ended: the process was too slow, or the server away too long. */
    readonly afterLease: number;
  };
  /** Messages in hand at the kills, all together: the most that `extra.inHandAtKill` may be. */
  readonly inHandAtKills: number;
  /** How often a message came again after its end, without a body: nobody is served twice. */
  readonly bodyless: number;
  /** How often an add was refused, by the code; each was tried again. */
  readonly refused: ReadonlyMap<string, number>;
  /** How many messages were acknowledged, by the number of their destinations. */
  readonly byDestinations: ReadonlyMap<number, number>;
  /** One line for each breach of the contract. */
  readonly breaches: readonly string[];
}

/** Clocks of processes are read before and after what they record. */
const slackMs = 100;
/** What was looked up before somebody else's `done` may be recorded so long after it. */
const overlapMs = 1000;

/** What a backend may do. */
export interface Rules {
  readonly leaseMs: number;
}

/** One delivery: from its taking until it was ended, or for ever. */
interface Delivery {
  readonly by: string;
  readonly startMs: number;
  /** When its end was recorded. */
  readonly endMs: number;
  readonly end: "done" | "giving-back" | "none";
}

/**
 * Every acknowledged message was delivered, and every message to all its destinations or to none; none after `done` had resolved, and none twice unless it was given
 * back, its lease had ended, or it was in hand when who had it, or the server, was killed.
 */
export function judge(entries: readonly Entry[], kills: readonly Kill[], rules: Rules): Judgement {
  const byKey = new Map<string, Entry[]>();
  for (const entry of entries.toSorted((a, b) => a.atMs - b.atMs)) {
    const story = byKey.get(entry.key);
    if (story === undefined) byKey.set(entry.key, [entry]);
    else story.push(entry);
  }
  const breaches: string[] = [];
  const extra = { inHandAtKill: 0, afterLease: 0 };
  let [acknowledged, lost, delivered, inHandAtKills] = [0, 0, 0, 0];
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
    inHandAtKills += deliveries.flatMap((it) => kills.filter((kill) => hit(kill, it))).length;
    for (const [index, delivery] of deliveries.entries()) {
      const before = deliveries.slice(0, index);
      if (index === 0 || before.some((it) => wasGivenBack(it, delivery))) continue;
      const done = before.find(({ end, endMs }) => end === "done" && endMs < delivery.startMs);
      if (before.some((it) => kills.some((kill) => explains(kill, it, delivery)))) {
        extra.inHandAtKill += 1;
      } else if (done !== undefined) {
        breaches.push(`${key} was delivered after it was done: ${told([...before, delivery])}`);
      } else if (
        before.some(({ startMs }) => delivery.startMs - startMs >= rules.leaseMs - slackMs)
      ) {
        extra.afterLease += 1;
      } else {
        breaches.push(`${key} was delivered twice for no reason: ${told([...before, delivery])}`);
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
    inHandAtKills,
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

/** Messages that reached some of their destinations only. */
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

function told(deliveries: readonly Delivery[]): string {
  const startMs = deliveries[0]?.startMs ?? 0;
  return deliveries
    .map((it) => `${it.by} ${it.startMs - startMs} to ${it.endMs - startMs} ms (${it.end})`)
    .join(", ");
}

function wasGivenBack({ end, endMs }: Delivery, again: Delivery): boolean {
  return end === "giving-back" && endMs <= again.startMs + slackMs;
}

/** Whether it was in hand at the kill. What is about to be given back is in hand until that is durable. */
function hit({ victim, atMs }: Kill, { by, startMs, endMs, end }: Delivery): boolean {
  const until = end === "giving-back" ? Infinity : endMs;
  return (
    (victim === "server" || victim === by) && atMs >= startMs - slackMs && atMs <= until + slackMs
  );
}

/** Whether a kill is the reason that it went out again. */
function explains(kill: Kill, first: Delivery, again: Delivery): boolean {
  return (
    hit(kill, first) &&
    kill.atMs <= again.startMs + slackMs &&
    // Once it is done it is not taken again.
    (first.end !== "done" || again.startMs <= first.endMs + overlapMs)
  );
}
