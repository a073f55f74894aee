import { type Row, rowsOf, totalOf } from "@mailseal/stats";
import { html } from "hono/html";
import { mostRows, type PageData } from "../page-data.ts";
import { table } from "./table.ts";
import { count, type Html, shown } from "./text.ts";

/** Attempts of relay and worker by where they went: a next hop's host, or a domain whose MX the worker looked up. */
export function deliveries({ snapshot }: Pick<PageData, "snapshot">): Html {
  const { attempts, delivered } = totalOf(snapshot, "deliveriesByDestination");
  const byDestination = table<Row<"deliveriesByDestination">>({
    id: "deliveries",
    caption: "Delivery attempts by next hop or recipient domain",
    columns: [
      { title: "Destination", kind: "name", cell: ({ names: [name = ""] }) => shown(name) },
      { title: "Attempts", kind: "number", cell: ({ counters }) => counters.attempts },
      { title: "Delivered", kind: "number", cell: ({ counters }) => counters.delivered },
      { title: "Deferred", kind: "number", cell: ({ counters }) => counters.deferred },
      { title: "Refused", kind: "number", cell: ({ counters }) => counters.failed },
    ],
    rows: rowsOf(snapshot, "deliveriesByDestination", mostRows),
    empty: "No deliveries yet.",
  });
  return attempts === 0
    ? byDestination
    : html`${byDestination}
        <p class="rest">${count(delivered)} delivered in ${count(attempts)} attempts</p>`;
}
