import { otherOf, type Row, rowsOf } from "@mailseal/stats";
import { html } from "hono/html";
import { mostRows, type PageData } from "../page-data.ts";
import { rest, table } from "./table.ts";
import { duration, type Html, shown } from "./text.ts";

type Signing = "signingByDomain" | "signingByBinding";

function meanTime({ counters }: Row<Signing>): string {
  return duration(counters.signingTimeNs / counters.processed);
}

/** The domains that sign most. */
export function signingDomains({ snapshot }: Pick<PageData, "snapshot">): Html {
  const { processed } = otherOf(snapshot, "signingByDomain", mostRows);
  return html`${table<Row<"signingByDomain">>({
    id: "signing-domains",
    caption: "Outbound messages by signing domain",
    columns: [
      { title: "Domain", kind: "name", cell: ({ names: [domain = ""] }) => shown(domain) },
      { title: "Signed", kind: "number", cell: ({ counters }) => counters.signed },
      { title: "Failed", kind: "number", cell: ({ counters }) => counters.failed },
      { title: "Skipped", kind: "number", cell: ({ counters }) => counters.skipped },
      { title: "Mean time", kind: "number", cell: meanTime },
    ],
    rows: rowsOf(snapshot, "signingByDomain", mostRows),
    empty: "No outbound mail yet.",
  })}${rest(processed, "messages for other domains")}`;
}

/** The bindings that sign most. */
export function bindings({ snapshot }: Pick<PageData, "snapshot">): Html {
  return table<Row<"signingByBinding">>({
    id: "bindings",
    caption: "Outbound messages by binding",
    columns: [
      { title: "Binding", kind: "name", cell: ({ names: [binding = ""] }) => shown(binding) },
      { title: "Messages", kind: "number", cell: ({ counters }) => counters.processed },
      { title: "Signed", kind: "number", cell: ({ counters }) => counters.signed },
      { title: "Failed", kind: "number", cell: ({ counters }) => counters.failed },
      { title: "Mean time", kind: "number", cell: meanTime },
    ],
    rows: rowsOf(snapshot, "signingByBinding", mostRows),
    empty: "No outbound mail yet.",
  });
}
