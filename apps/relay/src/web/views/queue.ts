import type { RouteStats } from "@mailseal/queue";
import { type QueueReading, type Row, rowsOf, totalOf } from "@mailseal/stats";
import { html } from "hono/html";
import type { WorkerState } from "../../statistics/worker-watch.ts";
import { mostRows, type PageData } from "../page-data.ts";
import { badge, nameColumn, numberColumn, table } from "./table.ts";
import { count, duration, type Html, shown } from "./text.ts";

/** The queue as the worker reports it; without a worker, as the relay read it when it last put mail in. */
export function queue({
  worker,
  usesQueue,
  snapshot,
}: Pick<PageData, "worker" | "usesQueue" | "snapshot">): Html {
  if (worker === undefined) return html`<p class="empty">Asking the worker…</p>`;
  if (worker.kind === "silent") {
    return html`${withoutWorker(worker, usesQueue)} ${readings(snapshot.queues)}`;
  }
  const { queue: stats } = worker.answer;
  return html`<p>
      ${badge("delivering", "good")} ${count(stats.depth)} in the queue, ${count(stats.delivering)}
      in delivery, ${count(stats.delayed ?? 0)} deferred, ${count(stats.held)} held,
      ${count(stats.dead)} dead; oldest ${duration((stats.oldestAgeMs ?? 0) * 1e6)}
    </p>
    ${routes(stats.routes)}`;
}

function withoutWorker(
  { address, reason }: WorkerState & { kind: "silent" },
  usesQueue: boolean,
): Html {
  return usesQueue
    ? html`<p>
        ${badge("no worker", "bad")} No worker answers at ${shown(address)} (${shown(reason)}), so
        mail waits in the queue. Start mailseal-worker with this config, or set worker.admin to the
        address of the one that runs.
      </p>`
    : html`<p class="empty">No listener uses the queue, and no worker is running.</p>`;
}

function routes(all: readonly RouteStats[]): Html {
  return table<RouteStats>({
    id: "queue-routes",
    caption: "Queued messages by route, deepest first",
    columns: [
      nameColumn("Route", ({ route }) => shown(route)),
      numberColumn("Messages", ({ depth }) => depth),
      numberColumn("In delivery", ({ leased }) => leased ?? "–"),
      numberColumn("Deferred", ({ delayed }) => delayed ?? "–"),
      numberColumn("Held", ({ held }) => held ?? "–"),
      numberColumn("Dead", ({ dead }) => dead ?? "–"),
    ],
    rows: all.slice(0, mostRows),
    empty: "The queue is empty.",
  });
}

function readings(queues: readonly QueueReading[]): Html | "" {
  if (queues.length === 0) return "";
  return table<QueueReading>({
    id: "queues",
    caption: "Queues",
    columns: [
      nameColumn("Queue", ({ queue: name }) => shown(name)),
      numberColumn("Messages", ({ depth }) => depth),
      numberColumn("Oldest", ({ oldestAgeMs }) => duration(oldestAgeMs * 1e6)),
    ],
    rows: queues,
    empty: "",
  });
}

/** Delivery attempts of relay and worker, by next hop or, for mail that the worker sent to an MX, by domain. */
export function deliveries({ snapshot }: Pick<PageData, "snapshot">): Html {
  const { attempts, delivered } = totalOf(snapshot, "deliveriesByDestination");
  const byDestination = table<Row<"deliveriesByDestination">>({
    id: "deliveries",
    caption: "Delivery attempts by next hop or recipient domain",
    columns: [
      nameColumn("Destination", ({ names: [name = ""] }) => shown(name)),
      numberColumn("Attempts", ({ counters }) => counters.attempts),
      numberColumn("Delivered", ({ counters }) => counters.delivered),
      numberColumn("Deferred", ({ counters }) => counters.deferred),
      numberColumn("Failed", ({ counters }) => counters.failed),
    ],
    rows: rowsOf(snapshot, "deliveriesByDestination", mostRows),
    empty: "No deliveries yet.",
  });
  return attempts === 0
    ? byDestination
    : html`${byDestination}
        <p class="rest">${count(delivered)} delivered in ${count(attempts)} attempts</p>`;
}
