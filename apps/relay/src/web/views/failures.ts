import type { FailedMessage } from "@mailseal/service";
import { otherOf, type Row, rowsOf, totalOf } from "@mailseal/stats";
import { html } from "hono/html";
import { mostRows, type PageData } from "../page-data.ts";
import { toneOfResult } from "./results.ts";
import { badge, nameColumn, numberColumn, rest, table } from "./table.ts";
import { type Html, shown, time } from "./text.ts";

/** The domains whose signatures do not pass, and why. */
export function failingDomains({ snapshot }: Pick<PageData, "snapshot">): Html {
  const { signatures } = otherOf(snapshot, "unverifiedByDomain", mostRows);
  const { verified } = totalOf(snapshot, "verification");
  return html`${table<Row<"unverifiedByDomain">>({
    id: "failing-domains",
    caption: "Signatures not passing, by domain",
    columns: [
      nameColumn("Domain", ({ names: [domain = ""] }) => shown(domain)),
      {
        title: "Result",
        cell: ({ names: [, result = ""] }) => badge(shown(result), toneOfResult(result)),
      },
      { title: "Reason", cell: ({ names: [, , code = ""] }) => shown(code) },
      numberColumn("Signatures", ({ counters }) => counters.signatures),
    ],
    rows: rowsOf(snapshot, "unverifiedByDomain", mostRows),
    empty: verified === 0 ? "No inbound mail yet." : "Every signature passes.",
  })}${rest(signatures, "signatures of other domains")}`;
}

/** The messages that were kept, each with a link to its explanation. */
export function recentFailures({ failures }: Pick<PageData, "failures">): Html {
  return table<PageData["failures"][number]>({
    id: "failures",
    caption:
      "Messages with a signature that does not pass, most recent first; at most one per second is kept",
    columns: [
      { title: "Received", cell: ({ atMs }) => time(atMs) },
      nameColumn("From domain", ({ fromDomain }) => shown(fromDomain)),
      { title: "Signatures", cell: ({ verdicts }) => verdictList(verdicts) },
      {
        title: "Reason",
        cell: ({ id, queueId }) =>
          html`<a href="/failures/${id}"
            >Explain <span class="hidden">message ${shown(queueId)}</span></a
          >`,
      },
    ],
    rows: failures,
    empty: "No failures.",
  });
}

function verdictList(verdicts: FailedMessage["verdicts"]): Html {
  return html`<ul class="verdicts">
    ${verdicts.map(
      ({ domain, result, reason }) =>
        html`<li>
          ${badge(result, toneOfResult(result))} ${shown(domain)}
          <span class="reason">${shown(reason)}</span>
        </li>`,
    )}
  </ul>`;
}
