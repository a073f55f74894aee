import { type Row, rowsOf, type Snapshot } from "@mailseal/stats";
import { table } from "./table.ts";
import { duration, type Html, shown } from "./text.ts";

export function bindingsSection(snapshot: Snapshot, top: number): Html {
  return table<Row<"signingByBinding">>({
    id: "bindings",
    caption: "Outbound routes by messages",
    columns: [
      { title: "Binding", kind: "name", cell: ({ names: [binding = ""] }) => shown(binding) },
      { title: "Messages", kind: "number", cell: ({ counters }) => counters.processed },
      { title: "Signed", kind: "number", cell: ({ counters }) => counters.signed },
      { title: "Failed", kind: "number", cell: ({ counters }) => counters.failed },
      {
        title: "Mean time",
        kind: "number",
        cell: ({ counters }) => duration(counters.signingTimeNs / counters.processed),
      },
    ],
    rows: rowsOf(snapshot, "signingByBinding", top),
    empty: "No outbound mail yet.",
  });
}
