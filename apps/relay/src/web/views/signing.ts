import { otherOf, type Row, rowsOf } from "@mailseal/stats";
import { html } from "hono/html";
import { mostRows, type PageData } from "../page-data.ts";
import { nameColumn, numberColumn, rest, table } from "./table.ts";
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
      nameColumn("Domain", ({ names: [domain = ""] }) => shown(domain)),
      numberColumn("Signed", ({ counters }) => counters.signed),
      numberColumn("Failed", ({ counters }) => counters.failed),
      numberColumn("Skipped", ({ counters }) => counters.skipped),
      numberColumn("Mean time", meanTime),
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
      nameColumn("Binding", ({ names: [binding = ""] }) => shown(binding)),
      numberColumn("Messages", ({ counters }) => counters.processed),
      numberColumn("Signed", ({ counters }) => counters.signed),
      numberColumn("Failed", ({ counters }) => counters.failed),
      numberColumn("Mean time", meanTime),
    ],
    rows: rowsOf(snapshot, "signingByBinding", mostRows),
    empty: "No outbound mail yet.",
  });
}
