import { rowsOf, type Snapshot, totalOf } from "@mailseal/stats";
import { html } from "hono/html";
import type { PageData } from "../page-data.ts";
import { badge, bar, nameColumn, numberColumn, table, type Tone } from "./table.ts";
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
const verificationResults = [
  "pass",
  "fail",
  "policy",
  "neutral",
  "temperror",
  "permerror",
  "none",
] as const;
const signingOutcomes = ["signed", "failed", "skipped"] as const;

export function toneOfResult(result: string): Tone {
  return toneOf.get(result) ?? "calm";
}

/** The results of verification and signing, with their reasons. */
export function results({ snapshot }: Pick<PageData, "snapshot">): Html {
  const verification = totalOf(snapshot, "verification");
  const signing = totalOf(snapshot, "signing");
  const known = decided(snapshot);
  return html`<div class="pair">
    <div class="card">
      <h3>Verification</h3>
      ${shares(
        "results",
        "Signatures by result",
        verificationResults.map((name) => share(name, verification[name], verification.verified)),
      )}
      ${reasons("codes", "Signatures not passing, by code", "Code", codeRows(snapshot))}
    </div>
    <div class="card">
      <h3>Signing</h3>
      ${shares(
        "outcomes",
        "Messages by outcome",
        signingOutcomes.map((name) => share(name, signing[name], known)),
      )}
      ${reasons("unsigned", "Unsigned messages, by reason", "Reason", reasonRows(snapshot))}
      ${notAcceptedNote(notAccepted(snapshot))}
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
      nameColumn("Result", ({ name, tone }) => badge(name, tone)),
      numberColumn("Count", ({ events }) => events),
      numberColumn("Share", ({ events, whole }) => percent(events, whole)),
      { title: "", cell: ({ events, whole, tone }) => bar(events, whole, tone) },
    ],
    rows: all.filter(({ events }) => events > 0),
    empty: "No data yet.",
  });
}

interface Reason {
  readonly name: string;
  readonly events: number;
}

function reasons(id: string, caption: string, title: string, rows: readonly Reason[]): Html | "" {
  if (rows.length === 0) return "";
  return table<Reason>({
    id,
    caption,
    columns: [
      { title, kind: "name", cell: ({ name }) => name },
      numberColumn("Count", ({ events }) => events),
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

interface NotAccepted {
  readonly deferred: number;
  readonly rejected: number;
}

/** Delivery attempts of signed messages that the next hop did not accept. */
function notAccepted(snapshot: Snapshot): NotAccepted {
  const of = new Map(
    rowsOf(snapshot, "unsigned").map(({ names: [, reason], counters }) => [
      reason,
      counters.messages,
    ]),
  );
  return { deferred: of.get(deferred) ?? 0, rejected: of.get(rejected) ?? 0 };
}

function notAcceptedNote({ deferred: later, rejected: never }: NotAccepted): Html | "" {
  if (later + never === 0) return "";
  return html`<p class="rest">
    Signed, but not accepted by the next hop: ${count(later)} deferred and ${count(never)} refused
    attempts. A message counts as signed when the next hop accepts it.
  </p>`;
}

/** Messages of which it is known whether they left signed. Without deferred attempts, each of which would count once more. */
export function decided(snapshot: Snapshot): number {
  const { deferred: later, rejected: never } = notAccepted(snapshot);
  return Math.max(0, totalOf(snapshot, "signing").processed - later - never);
}
