import { Histogram, type Snapshot, totalOf } from "@mailseal/stats";
import { html } from "hono/html";
import type { Control } from "../../admin/routes.ts";
import { decided } from "./results.ts";
import { badge } from "./table.ts";
import { count, duration, type Html, percent, time } from "./text.ts";

export function summarySection(snapshot: Snapshot, { isReady }: Control): Html {
  const { messages } = totalOf(snapshot, "messages");
  const signing = totalOf(snapshot, "signing");
  const verification = totalOf(snapshot, "verification");
  const checked = verification.verified - verification.none;
  const message = Histogram.from(snapshot.histograms.message);
  const tiles: readonly (readonly [string, string, string])[] = [
    ["Messages", count(messages), `half of them within ${duration(message.quantileNs(0.5))}`],
    [
      "Signed",
      count(signing.signed),
      `${percent(signing.signed, decided(snapshot))} of outbound mail`,
    ],
    ["Signing failed", count(signing.failed), `${count(signing.skipped)} left unsigned on purpose`],
    [
      "Signatures that pass",
      count(verification.pass),
      `${percent(verification.pass, checked)} of those verified`,
    ],
    [
      "That do not",
      count(checked - verification.pass),
      `${count(verification.none)} messages had none`,
    ],
    [
      "Key lookups",
      count(totalOf(snapshot, "keyLookups").lookups),
      `${count(totalOf(snapshot, "dnsFailures").lookups)} failed`,
    ],
  ];
  return html`<dl class="tiles">
      ${tiles.map(
        ([term, value, note]) =>
          html`<div class="card">
            <dt>${term}</dt>
            <dd><b>${value}</b><span>${note}</span></dd>
          </div>`,
      )}
    </dl>
    <p class="since">
      ${isReady ? badge("serving", "good") : badge("not ready", "bad")} Counted since
      ${time(snapshot.sinceMs)}
    </p>`;
}
