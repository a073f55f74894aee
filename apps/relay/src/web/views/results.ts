import { rowsOf, type Snapshot, totalOf } from "@mailseal/stats";
import { html } from "hono/html";
import { badge, bar, table, type Tone } from "./table.ts";
import { count, type Html, percent } from "./text.ts";

interface Share {
  readonly name: string;
  readonly tone: Tone;
  readonly events: number;
  readonly whole: number;
}

const toneOf: ReadonlyMap<string, Tone> = new Map([
  ["pass", "good"],
  ["signed", "good"],
  ["fail", "bad"],
  ["permerror", "bad"],
  ["failed", "bad"],
  ["policy", "weak"],
  ["temperror", "weak"],
]);
const results = ["pass", "fail", "policy", "neutral", "temperror", "permerror", "none"] as const;
const outcomes = ["signed", "failed", "skipped"] as const;

export function toneOfResult(result: string): Tone {
  return toneOf.get(result) ?? "calm";
}

/** What verifying and signing gave, and why. */
export function resultsSection(snapshot: Snapshot): Html {
  const verification = totalOf(snapshot, "verification");
  const signing = totalOf(snapshot, "signing");
  const known = decided(snapshot);
  return html`<div class="pair">
    <div class="card">
      <h3>Verification</h3>
      ${shares(
        "results",
        "Signatures by result",
        results.map((name) => share(name, verification[name], verification.verified)),
      )}
      ${reasons("codes", "Codes of signatures that do not pass", codeRows(snapshot))}
    </div>
    <div class="card">
      <h3>Signing</h3>
      ${shares(
        "outcomes",
        "Messages by outcome",
        outcomes.map((name) => share(name, signing[name], known)),
      )}
      ${reasons("unsigned", "Why messages were not signed", reasonRows(snapshot))}
      ${untakenNote(untaken(snapshot))}
    </div>
  </div>`;
}

function share(name: string, events: number, whole: number): Share {
  return { name, events, whole, tone: toneOfResult(name) };
}

function shares(id: string, caption: string, all: readonly Share[]): Html {
  return table<Share>({
    id,
    caption,
    columns: [
      { title: "Result", kind: "name", cell: ({ name, tone }) => badge(name, tone) },
      { title: "Number", kind: "number", cell: ({ events }) => events },
      { title: "Share", kind: "number", cell: ({ events, whole }) => percent(events, whole) },
      { title: "", cell: ({ events, whole, tone }) => bar(events, whole, tone) },
    ],
    rows: all.filter(({ events }) => events > 0),
    empty: "Nothing yet.",
  });
}

interface Reason {
  readonly name: string;
  readonly events: number;
}

function reasons(id: string, caption: string, rows: readonly Reason[]): Html | "" {
  if (rows.length === 0) return "";
  return table<Reason>({
    id,
    caption,
    columns: [
      { title: "Reason", kind: "name", cell: ({ name }) => name },
      { title: "Number", kind: "number", cell: ({ events }) => events },
    ],
    rows,
    empty: "",
  });
}

function codeRows(snapshot: Snapshot): readonly Reason[] {
  return rowsOf(snapshot, "verificationByCode", 20)
    .map(({ names: [name = ""], counters }) => ({
      name,
      events: counters.verified - counters.pass - counters.none,
    }))
    .filter(({ events }) => events > 0)
    .slice(0, 8);
}

function reasonRows(snapshot: Snapshot): readonly Reason[] {
  return rowsOf(snapshot, "unsigned", 10)
    .filter(({ names: [, reason] }) => reason !== deferred && reason !== rejected)
    .slice(0, 8)
    .map(({ names, counters }) => ({ name: names.join(": "), events: counters.messages }));
}

const deferred = "deferred-after-signing";
const rejected = "rejected-after-signing";

interface Untaken {
  readonly deferred: number;
  readonly rejected: number;
}

/** Attempts with messages that were signed, and that the next hop did not take. */
function untaken(snapshot: Snapshot): Untaken {
  const of = new Map(
    rowsOf(snapshot, "unsigned").map(({ names: [, reason], counters }) => [
      reason,
      counters.messages,
    ]),
  );
  return { deferred: of.get(deferred) ?? 0, rejected: of.get(rejected) ?? 0 };
}

function untakenNote({ deferred: later, rejected: never }: Untaken): Html | "" {
  if (later + never === 0) return "";
  return html`<p class="rest">
    Signed and not taken by the next hop: ${count(later)} deferred and ${count(never)} refused
    attempts. A message counts as signed once it is taken.
  </p>`;
}

/** Messages of which it is known whether they left signed: each attempt that was put off would be one more. */
export function decided(snapshot: Snapshot): number {
  const { deferred: later, rejected: never } = untaken(snapshot);
  return Math.max(0, totalOf(snapshot, "signing").processed - later - never);
}
