import { type QueueReading, type Row, rowsOf, type Snapshot } from "@mailseal/stats";
import { html } from "hono/html";
import { table } from "./table.ts";
import { duration, type Html, shown } from "./text.ts";

/** What next hops said, and what waits for them. */
export function deliveriesSection(snapshot: Snapshot, top: number): Html {
  const { queues } = snapshot;
  const next = deliveryTable(snapshot, top, {
    id: "deliveries",
    caption: "Next hops by attempts to deliver",
    title: "Next hop",
    empty: "Nothing was delivered yet.",
  });
  return html`${next}${queues.length === 0 ? "" : queueTable(queues)}`;
}

/** Attempts and what came of them, by destination. */
export function deliveryTable(
  snapshot: Snapshot,
  top: number,
  { title, ...texts }: { id: string; caption: string; title: string; empty: string },
): Html {
  return table<Row<"deliveriesByDestination">>({
    ...texts,
    columns: [
      { title, kind: "name", cell: ({ names: [name = ""] }) => shown(name) },
      { title: "Attempts", kind: "number", cell: ({ counters }) => counters.attempts },
      { title: "Delivered", kind: "number", cell: ({ counters }) => counters.delivered },
      { title: "Deferred", kind: "number", cell: ({ counters }) => counters.deferred },
      { title: "Refused", kind: "number", cell: ({ counters }) => counters.failed },
    ],
    rows: rowsOf(snapshot, "deliveriesByDestination", top),
  });
}

function queueTable(queues: readonly QueueReading[]): Html {
  return table<QueueReading>({
    id: "queues",
    caption: "Queues",
    columns: [
      { title: "Queue", kind: "name", cell: ({ queue }) => shown(queue) },
      { title: "Messages", kind: "number", cell: ({ depth }) => depth },
      { title: "Oldest", kind: "number", cell: ({ oldestAgeMs }) => duration(oldestAgeMs * 1e6) },
    ],
    rows: queues,
    empty: "",
  });
}
