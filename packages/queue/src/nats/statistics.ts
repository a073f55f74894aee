import type { JetStreamManager } from "@nats-io/jetstream";
import type { QueueStats, RouteStats } from "../contract.ts";
import { type Layout, routeOf } from "./layout.ts";
import { asked } from "./server-error.ts";
import type { Shelf } from "./shelf.ts";

/** Counts as the servers have them: those of messages that are put off are among those in hand. */
export async function readStats(
  manager: JetStreamManager,
  layout: Layout,
  shelf: Shelf,
  { maxRoutes, shards, nowMs }: { maxRoutes: number; shards: number; nowMs: number },
): Promise<QueueStats> {
  const live = layout.stream("live");
  const [{ state }, held, dead, consumers] = await asked(
    Promise.all([
      manager.streams.info(live, { subjects_filter: layout.subjects("live") }),
      manager.streams.info(layout.stream("held")),
      manager.streams.info(layout.stream("dead")),
      Promise.all(
        Array.from({ length: shards }, (_, shard) =>
          manager.consumers.info(live, `shard-${shard}`),
        ),
      ),
    ]),
  );
  const oldest = await shelf.next("live", state.first_seq);
  return {
    depth: state.messages + held.state.messages,
    bytes: state.bytes + held.state.bytes,
    ...(oldest !== undefined && { oldestAgeMs: Math.max(0, nowMs - oldest.label.firstSeenMs) }),
    leased: consumers.reduce((sum, { num_ack_pending: pending }) => sum + pending, 0),
    held: held.state.messages,
    dead: dead.state.messages,
    routes: routesOf(state.subjects ?? {}).slice(0, maxRoutes),
  };
}

function routesOf(subjects: Readonly<Record<string, number>>): readonly RouteStats[] {
  const depths = new Map<string, number>();
  for (const [subject, count] of Object.entries(subjects)) {
    const route = routeOf(subject);
    depths.set(route, (depths.get(route) ?? 0) + count);
  }
  return [...depths]
    .map(([route, depth]) => ({ route, depth }))
    .toSorted((a, b) => b.depth - a.depth || (a.route < b.route ? -1 : 1));
}
