import { messageOf } from "./body.ts";
import type { Entry } from "./record.ts";

/** A process that was ended by `kill -9`; a server's name is `server`. */
export interface Kill {
  readonly victim: string;
  readonly atMs: number;
}

export interface Judgement {
  readonly acknowledged: number;
  readonly delivered: number;
  /** Taken more than once, for a reason. */
  readonly repeated: number;
  /** One line for each breach of the contract. */
  readonly breaches: readonly string[];
}

/** Clocks of processes are read before and after what they record. */
const slackMs = 100;
/** When a server was killed its consumers are looked after some seconds later, and may deliver again. */
const aftermathMs = 15_000;

/** What a backend may do. */
export interface Rules {
  readonly leaseMs: number;
  /**
   * `one`: a message is in one place, so that every repetition needs a reason of its own, and nothing comes
   * after `done`. `copies`: it is changed by a copy and a removal, so that a crash of who changes it, or
   * of a server that was about to remove it, leaves two; each may be delivered at any time after.
   */
  readonly storage: "one" | "copies";
  /** Whether a message can reach some of its destinations only, if whoever adds it is killed. */
  readonly partial: "never" | "killed";
}

/**
 * Every acknowledged message was delivered; every message to all its destinations or to none; none after `done` had resolved, and none twice without a
 * crash of who had it or of the server, the end of its lease, or its giving back in between.
 */
export function judge(entries: readonly Entry[], kills: readonly Kill[], rules: Rules): Judgement {
  const byKey = new Map<string, Entry[]>();
  for (const entry of entries.toSorted((a, b) => a.atMs - b.atMs)) {
    const story = byKey.get(entry.key);
    if (story === undefined) byKey.set(entry.key, [entry]);
    else story.push(entry);
  }
  const breaches: string[] = [];
  let [acknowledged, delivered, repeated] = [0, 0, 0];
  for (const [key, story] of byKey) {
    const gots = story.filter(({ seen }) => seen === "got");
    if (story.some(({ seen }) => seen === "acked")) {
      acknowledged += 1;
      if (gots.length === 0) breaches.push(`${key} was acknowledged and never delivered`);
    }
    if (gots.length > 0) delivered += 1;
    if (gots.length > 1) repeated += 1;
    if (story.some(({ seen }) => seen === "spoiled")) breaches.push(`${key} arrived changed`);
    const done = story.find(({ seen }) => seen === "done");
    for (const [index, second] of gots.entries()) {
      const before = gots.slice(0, index);
      if (rules.storage === "copies" && before.some((first) => crashed(kills, first, second)))
        break;
      if (done !== undefined && done.atMs < second.atMs) {
        breaches.push(`${key} was delivered after it was done`);
      }
      const first = before.at(-1);
      if (first !== undefined && !explained(story, kills, first, second, rules.leaseMs)) {
        breaches.push(`${key} was delivered twice for no reason`);
      }
    }
  }
  if (rules.partial === "never") breaches.push(...partly(byKey));
  return { acknowledged, delivered, repeated, breaches };
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

function explained(
  story: readonly Entry[],
  kills: readonly Kill[],
  first: Entry,
  second: Entry,
  leaseMs: number,
): boolean {
  const gaveBack = (entry: Entry): boolean =>
    entry.seen === "giving-back" && entry.by === first.by && isBetween(entry, first, second);
  return (
    second.atMs - first.atMs >= leaseMs - slackMs ||
    story.some((entry) => gaveBack(entry)) ||
    crashed(kills, first, second)
  );
}

/** Whether the one who had it, or the server, was killed between two deliveries. */
function crashed(kills: readonly Kill[], first: Entry, second: Entry): boolean {
  return kills.some((kill) =>
    kill.victim === "server"
      ? kill.atMs >= first.atMs - aftermathMs && kill.atMs <= second.atMs + slackMs
      : kill.victim === first.by && isBetween(kill, first, second),
  );
}

function isBetween({ atMs }: { readonly atMs: number }, first: Entry, second: Entry): boolean {
  return atMs >= first.atMs && atMs <= second.atMs + slackMs;
}
