import { otherOf, type Row, rowsOf, type Snapshot, totalOf } from "@mailseal/stats";
import { html } from "hono/html";
import { toneOfResult } from "./results.ts";
import { badge, table } from "./table.ts";
import { count, duration, type Html, shown } from "./text.ts";

type SigningRow = Row<"signingByDomain">;

/** Who signs most here. */
export function signingDomainsSection(snapshot: Snapshot, top: number): Html {
  const { processed } = otherOf(snapshot, "signingByDomain", top);
  return html`${table<SigningRow>({
    id: "signing-domains",
    caption: "Domains by messages that came to be signed",
    columns: [
      { title: "Domain", kind: "name", cell: ({ names: [domain = ""] }) => shown(domain) },
      { title: "Signed", kind: "number", cell: ({ counters }) => counters.signed },
      { title: "Failed", kind: "number", cell: ({ counters }) => counters.failed },
      { title: "Skipped", kind: "number", cell: ({ counters }) => counters.skipped },
      {
        title: "Mean time",
        kind: "number",
        cell: ({ counters }) => duration(counters.signingTimeNs / counters.processed),
      },
    ],
    rows: rowsOf(snapshot, "signingByDomain", top),
    empty: "No outbound mail yet.",
  })}${rest(processed, "messages of other domains")}`;
}

/** Whose signatures do not pass, and why. */
export function failingDomainsSection(snapshot: Snapshot, top: number): Html {
  const { signatures } = otherOf(snapshot, "unverifiedByDomain", top);
  const { verified } = totalOf(snapshot, "verification");
  return html`${table<Row<"unverifiedByDomain">>({
    id: "failing-domains",
    caption: "Domains by signatures that do not pass",
    columns: [
      { title: "Domain", kind: "name", cell: ({ names: [domain = ""] }) => shown(domain) },
      {
        title: "Result",
        cell: ({ names: [, result = ""] }) => badge(shown(result), toneOfResult(result)),
      },
      { title: "Reason", cell: ({ names: [, , code = ""] }) => shown(code) },
      { title: "Signatures", kind: "number", cell: ({ counters }) => counters.signatures },
    ],
    rows: rowsOf(snapshot, "unverifiedByDomain", top),
    empty: verified === 0 ? "No inbound mail yet." : "Every signature passes.",
  })}${rest(signatures, "signatures of other domains")}`;
}

function rest(events: number, what: string): Html | "" {
  return events > 0 ? html`<p class="rest">and ${count(events)} ${what}</p>` : "";
}
