import type { RouteStats } from "@mailseal/queue";
import { totalOf } from "@mailseal/stats";
import { html } from "hono/html";
import type { WorkerAnswer, WorkerState } from "../../statistics/worker-watch.ts";
import { deliveryTable } from "./deliveries.ts";
import { badge, table } from "./table.ts";
import { count, duration, type Html, shown } from "./text.ts";

/** `hasQueue`: whether a listener of the config keeps mail in the queue. */
export function workerSection(
  state: WorkerState | undefined,
  hasQueue: boolean,
  top: number,
): Html {
  if (state === undefined) return html`<p class="empty">The worker is being asked.</p>`;
  if (state.kind === "silent") return silent(state, hasQueue);
  const { queue } = state.answer;
  return html`<p>
      ${badge("delivering", "good")} ${count(queue.delivering)} in hand, ${count(queue.depth)} in
      the queue, ${count(queue.delayed ?? 0)} put off, ${count(queue.held)} held,
      ${count(queue.dead)} dead; the oldest waits for ${duration((queue.oldestAgeMs ?? 0) * 1e6)}
    </p>
    ${routes(queue.routes, top)} ${destinations(state.answer, top)}`;
}

function silent({ address, reason }: WorkerState & { kind: "silent" }, hasQueue: boolean): Html {
  return hasQueue
    ? html`<p>
        ${badge("no worker", "bad")} Nobody answers at ${shown(address)} (${shown(reason)}): mail
        waits in the queue. Start mailseal-worker with this config, or name its worker.admin here.
      </p>`
    : html`<p class="empty">No listener keeps mail in a queue, and no worker answers.</p>`;
}

function routes(all: readonly RouteStats[], top: number): Html {
  return table<RouteStats>({
    id: "queue-routes",
    caption: "The deepest routes of the queue",
    columns: [
      { title: "Route", kind: "name", cell: ({ route }) => shown(route) },
      { title: "Messages", kind: "number", cell: ({ depth }) => depth },
      { title: "In hand", kind: "number", cell: ({ leased }) => leased ?? "–" },
      { title: "Put off", kind: "number", cell: ({ delayed }) => delayed ?? "–" },
      { title: "Held", kind: "number", cell: ({ held }) => held ?? "–" },
      { title: "Dead", kind: "number", cell: ({ dead }) => dead ?? "–" },
    ],
    rows: all.slice(0, top),
    empty: "The queue is empty.",
  });
}

function destinations({ snapshot }: WorkerAnswer, top: number): Html {
  const { attempts, delivered } = totalOf(snapshot, "deliveriesByDestination");
  const byDestination = deliveryTable(snapshot, top, {
    id: "destinations",
    caption: "Destinations by attempts of the worker",
    title: "Destination",
    empty: "The worker delivered nothing yet.",
  });
  return html`${byDestination}
    <p class="rest">${count(delivered)} delivered by ${count(attempts)} attempts</p>`;
}
