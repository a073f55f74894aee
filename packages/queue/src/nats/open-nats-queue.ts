import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Objm } from "@nats-io/obj";
import { connect } from "@nats-io/transport-node";
import type { Queue } from "../contract.ts";
import { Intake } from "./claim/intake.ts";
import { SeenMessages } from "./claim/seen-messages.ts";
import { checkDurability } from "./connection/durability.ts";
import { lastingConnection } from "./connection/lasting-connection.ts";
import { ServerClock } from "./connection/server-clock.ts";
import { serverError, unreachable } from "./connection/server-error.ts";
import { Expansion } from "./enqueue/expansion.ts";
import { ResendDetection } from "./enqueue/resend-detection.ts";
import { NatsQueue } from "./nats-queue.ts";
import { checkNatsOptions, type NatsQueueOptions } from "./options.ts";
import { PendingWrites } from "./settle/pending-writes.ts";
import { Settler } from "./settle/settle.ts";
import { Tombstones } from "./settle/tombstones.ts";
import { Bodies } from "./storage/bodies.ts";
import { BodyReferences } from "./storage/body-references.ts";
import { Layout } from "./storage/layout.ts";
import { Reserve } from "./storage/reserve.ts";
import { StoredMessages } from "./storage/stored-messages.ts";
import { ensureConsumers, ensureStreams } from "./storage/streams.ts";
import { UnusedBodies } from "./storage/unused-bodies.ts";

/**
 * Opens a queue in NATS JetStream, and creates its streams if they do not exist. Rejects with "queue-unavailable",
 * "bad-option", or with "not-durable" if acknowledged messages could be lost.
 *
 * ```ts
 * await using queue = await openNatsQueue({
 *   connection: { servers: ["10.0.0.1:4222", "10.0.0.2:4222", "10.0.0.3:4222"] },
 *   replicas: 3,
 * });
 * for (const lease of await queue.take(10, { waitMs: 1000 })) await lease.done();
 * ```
 */
export async function openNatsQueue(options: NatsQueueOptions): Promise<Queue> {
  const checked = checkNatsOptions(options);
  const { name, shards, timeoutMs } = checked;
  const layout = new Layout(name, shards);
  // A queue outlives its servers: it reconnects for as long as it is open.
  const connection = await connect(lastingConnection(checked.connection)).catch(
    (error: unknown) => {
      throw unreachable(checked.connection.servers, error);
    },
  );
  try {
    const settings = { timeout: timeoutMs };
    const manager = await jetstreamManager(connection, settings);
    const client = jetstream(connection, settings);
    await ensureStreams(manager, layout, checked);
    const hasStore = await manager.streams.info(`OBJ_${layout.bucket}`).then(
      () => true,
      () => false,
    );
    const names = [...layout.streams(), ...(hasStore ? [`OBJ_${layout.bucket}`] : [])];
    await checkDurability(connection, manager, names, checked);
    const consumers = await ensureConsumers(manager, client, layout, checked);
    const store = hasStore ? await new Objm(client).open(layout.bucket) : undefined;
    const servers = { client, manager, layout, timeoutMs };
    const reserve = new Reserve(servers);
    const stored = new StoredMessages(servers, reserve);
    const bodies = new Bodies(servers, store);
    const tombstones = new Tombstones(servers, reserve);
    const references = new BodyReferences(servers, reserve);
    const serverClock = await ServerClock.start(manager, layout.stream("dead"), checked);
    const pendingWrites = new PendingWrites();
    const sharing = { stored, references, tombstones, pendingWrites };
    const seen = new SeenMessages(connection, layout.sightings);
    const clock = (): number => serverClock.now();
    const queue = new NatsQueue(
      {
        connection,
        manager,
        layout,
        stored,
        bodies,
        pendingWrites,
        tombstones,
        reserve,
        settler: new Settler({ ...sharing, bodies }, checked),
        expansion: new Expansion(servers, sharing),
        unusedBodies: new UnusedBodies(manager, layout, bodies, references, {
          unusedMs: checked.collectMs * 0.75,
          elapsedMs: checked.elapsedMs,
        }),
        intake: new Intake(consumers, clock, seen),
        serverClock,
        seen,
        resends: new ResendDetection(connection, client, manager, { name, timeoutMs, clock }),
      },
      { ...checked, clock },
    );
    await queue.begin();
    return queue;
  } catch (error) {
    await connection.close();
    throw serverError(error);
  }
}
