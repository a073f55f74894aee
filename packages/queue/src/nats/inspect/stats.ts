import type { JetStreamManager } from "@nats-io/jetstream";
import type { QueueStats, RouteStats } from "../../contract.ts";
import { asked } from "../connection/server-error.ts";
import { type Layout, routeOf } from "../storage/layout.ts";
import type { StoredMessages } from "../storage/stored-messages.ts";

/** Returns the servers' counts, in which deferred messages count as leased. */
export async function readStats(
  manager: JetStreamManager,
  layout: Layout,
  stored: StoredMessages,
  { maxRoutes, shards, nowMs }: { maxRoutes: number; shards: number; nowMs: number },
): Promise<QueueStats> {
  const live = layout.stream("live");
  const [{ state }, held, dead, shared, consumers] = await asked(
    Promise.all([
      manager.streams.info(live, { subjects_filter: layout.subjects("live") }),
      manager.streams.info(layout.stream("held")),
      manager.streams.info(layout.stream("dead")),
      manager.streams.info(layout.shared),
      Promise.all(
        Array.from({ length: shards }, (_, shard) =>
          manager.consumers.info(live, `shard-${shard}`),
        ),
      ),
    ]),
  );
  const { bytes: sharedBytes } = shared.state;
  const subjects = state.subjects ?? {};
  const routes = routesOf(subjects);
  // The stream's own count can be wrong after its server was killed (seen with 2.9). A commit record that has not been
  // expanded into one message for each destination counts as one message.
  const depth = Object.values(subjects).reduce((sum, count) => sum + count, held.state.messages);
  const oldest = await stored.next("live", state.first_seq);
  return {
    depth,
    // There is no quick way to find the shared bodies that belong to dead letters only.
    bytes: depth > 0 ? state.bytes + held.state.bytes + sharedBytes : 0,
    ...(oldest !== undefined && { oldestAgeMs: Math.max(0, nowMs - oldest.label.firstSeenMs) }),
    leased: consumers.reduce((sum, { num_ack_pending: pending }) => sum + pending, 0),
    held: held.state.messages,
    dead: dead.state.messages,
    routes: routes.slice(0, maxRoutes),
  };
}

function routesOf(subjects: Readonly<Record<string, number>>): readonly RouteStats[] {
  const depths = new Map<string, number>();
  for (const [subject, count] of Object.entries(subjects)) {
    const route = routeOf(subject);
    if (route === undefined) continue;
    depths.set(route, (depths.get(route) ?? 0) + count);
  }
  return [...depths]
    .map(([route, depth]) => ({ route, depth }))
    .toSorted((a, b) => b.depth - a.depth || (a.route < b.route ? -1 : 1));
}
