import { Histogram, totalOf } from "@mailseal/stats";
import { html } from "hono/html";
import type { PageData } from "../page-data.ts";
import { decided } from "./results.ts";
import { badge } from "./table.ts";
import { count, duration, type Html, percent, time } from "./text.ts";

interface Tile {
  readonly term: string;
  readonly value: number;
  readonly note: string;
}

/** The totals at the top of the page. */
export function summary({ snapshot, isReady }: Pick<PageData, "snapshot" | "isReady">): Html {
  const { messages } = totalOf(snapshot, "messages");
  const signing = totalOf(snapshot, "signing");
  const verification = totalOf(snapshot, "verification");
  const verified = verification.verified - verification.none;
  const times = Histogram.from(snapshot.histograms.message);
  const tiles: readonly Tile[] = [
    {
      term: "Messages",
      value: messages,
      note: `median ${duration(times.quantileNs(0.5))}`,
    },
    {
      term: "Signed",
      value: signing.signed,
      note: `${percent(signing.signed, decided(snapshot))} of outbound mail`,
    },
    {
      term: "Signing failed",
      value: signing.failed,
      note: `${count(signing.skipped)} skipped`,
    },
    {
      term: "Passing",
      value: verification.pass,
      note: `${percent(verification.pass, verified)} of signatures`,
    },
    {
      term: "Not passing",
      value: verified - verification.pass,
      note: `${count(verification.none)} unsigned messages`,
    },
    {
      term: "Key lookups",
      value: totalOf(snapshot, "keyLookups").lookups,
      note: `${count(totalOf(snapshot, "dnsFailures").lookups)} failed`,
    },
  ];
  return html`<dl class="tiles">
      ${tiles.map(
        ({ term, value, note }) =>
          html`<div class="card">
            <dt>${term}</dt>
            <dd><b>${count(value)}</b><span>${note}</span></dd>
          </div>`,
      )}
    </dl>
    <p class="since">
      ${isReady ? badge("serving", "good") : badge("not ready", "bad")} Counting since
      ${time(snapshot.sinceMs)}
    </p>`;
}
