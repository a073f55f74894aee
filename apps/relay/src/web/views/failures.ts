import type { FailedMessage } from "@mailseal/service";
import { html } from "hono/html";
import { toneOfResult } from "./results.ts";
import { badge, table } from "./table.ts";
import { type Html, shown, time } from "./text.ts";

type Listed = FailedMessage & { readonly id: number };

/** The messages that were kept, each with the way to its explanation. */
export function failuresSection(failures: readonly Listed[]): Html {
  return table<Listed>({
    id: "failures",
    caption:
      "Messages with a signature that does not pass, the latest first; at most one a second is kept",
    columns: [
      { title: "When", cell: ({ atMs }) => time(atMs) },
      { title: "From domain", kind: "name", cell: ({ fromDomain }) => shown(fromDomain) },
      { title: "Signatures", cell: ({ verdicts }) => verdictList(verdicts) },
      {
        title: "Why",
        cell: ({ id, queueId }) =>
          html`<a href="/failures/${id}"
            >Explain <span class="hidden">message ${shown(queueId)}</span></a
          >`,
      },
    ],
    rows: failures,
    empty: "None was seen.",
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
