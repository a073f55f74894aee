import type { RotationSummary } from "@mailseal/service";
import { html } from "hono/html";
import type { WorkerState } from "../../statistics/worker-watch.ts";
import { badge, table } from "./table.ts";
import { type Html, shown, time } from "./text.ts";

/** Where no worker answers nothing is known of them. */
export function rotationsSection(state: WorkerState | undefined): Html {
  if (state?.kind !== "answers") return html`<p class="empty">Known where a worker answers.</p>`;
  return table<RotationSummary>({
    id: "rotations",
    caption: "Key rotations, the last one first",
    columns: [
      { title: "Domain", kind: "name", cell: ({ domain }) => shown(domain) },
      { title: "Stage", cell: stageCell },
      { title: "Since", cell: ({ sinceMs }) => time(sinceMs) },
      { title: "Next look", cell: ({ isOver, dueMs }) => (isOver ? "–" : time(dueMs)) },
      { title: "New", cell: ({ incoming }) => shown(incoming.join(" ")) },
      { title: "Old", cell: ({ outgoing }) => shown(outgoing.join(" ")) },
      { title: "Waits for", cell: ({ problem }) => shown(problem ?? "–", 400) },
    ],
    rows: state.answer.rotations,
    empty: "None was begun; mailseal rotate start begins one.",
  });
}

function stageCell({ stage, isOver, cause, direction }: RotationSummary): Html {
  const text = direction === "back" ? `${stage} (back)` : stage;
  if (cause === "failed") return badge(text, "bad");
  return badge(text, isOver ? "calm" : "good");
}
