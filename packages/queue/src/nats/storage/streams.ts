import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { QueueError } from "../../errors.ts";
import type { CheckedNatsOptions } from "../options.ts";
import { type Layout, type Place } from "./layout.ts";
import { pieceBytes } from "./reserve.ts";

/** Creates the streams if they do not exist, and refuses foreign streams with these names. */
export async function ensureStreams(
  manager: JetStreamManager,
  layout: Layout,
  options: CheckedNatsOptions,
): Promise<void> {
  const { replicas, shards, leaseMs, dedupWindowMs, maxBytes, reserveBytes } = options;
  // Servers before 2.10 do not store the metadata of a stream, but every server stores its description.
  const description = `@mailseal/queue 1, ${shards} shards, leases of ${leaseMs} ms`;
  const create = (place: Place): Promise<unknown> =>
    manager.streams.add({
      name: layout.stream(place),
      description,
      subjects: [layout.subjects(place)],
      retention: place === "live" ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      num_replicas: replicas,
      duplicate_window: nanos(dedupWindowMs),
      allow_direct: true,
      ...(place === "live" && maxBytes !== undefined && { max_bytes: maxBytes }),
    });
  await Promise.all([
    ensureStream(manager, {
      name: layout.shared,
      subjects: [layout.sharedSubjects()],
      num_replicas: replicas,
      // No limit, because settled messages must be recorded even if the queue is full. New bodies are refused before that.
      discard: DiscardPolicy.New,
    }),
    ensureStream(manager, {
      name: layout.ended,
      subjects: [layout.endedSubjects()],
      num_replicas: replicas,
      discard: DiscardPolicy.Old,
      // Some minutes of a busy queue: a killed server forgets less than that.
      max_msgs: 100_000,
      max_msgs_per_subject: 1,
    }),
    ensureStream(manager, {
      name: layout.reserveStream,
      subjects: [layout.reserve],
      num_replicas: replicas,
      discard: DiscardPolicy.Old,
      // Without this limit, several processes that fill it at the same time would overfill it.
      max_msgs: Math.ceil(reserveBytes / pieceBytes),
    }),
  ]);
  for (const place of ["live", "held", "dead"] as const) {
    const name = layout.stream(place);
    const config = await manager.streams.info(name).then(
      (found) => found.config,
      () => undefined,
    );
    if (config === undefined) await create(place);
    else if (config.description !== description) {
      throw new QueueError(
        "bad-option",
        `the stream ${name} is "${config.description ?? ""}", and these options ask for "${description}"; shards and leaseMs cannot change after a queue is created`,
      );
    }
  }
}

async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { readonly name: string },
): Promise<void> {
  const there = await manager.streams.info(config.name).then(
    () => true,
    () => false,
  );
  if (!there) {
    await manager.streams.add({
      ...config,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      allow_direct: true,
    });
  }
}

function consumerSettings(layout: Layout, shard: number, leaseMs: number): Partial<ConsumerConfig> {
  return {
    durable_name: `shard-${shard}`,
    filter_subject: layout.shardSubjects(shard),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(redeliveryMs(leaseMs)),
    max_deliver: -1,
    // Deferred messages count too: a limit would stop a queue that has many of them.
    max_ack_pending: -1,
  };
}

/** One durable consumer for each shard: a work queue delivers each subject to one consumer only. */
export async function ensureConsumers(
  manager: JetStreamManager,
  client: JetStreamClient,
  layout: Layout,
  { shards, leaseMs }: CheckedNatsOptions,
): Promise<readonly Consumer[]> {
  const stream = layout.stream("live");
  return Promise.all(
    Array.from({ length: shards }, async (_, shard) => {
      await manager.consumers.add(stream, consumerSettings(layout, shard, leaseMs));
      return client.consumers.get(stream, `shard-${shard}`);
    }),
  );
}

/**
 * When the server delivers a message again: later than its lease ends, because the server counts from sending the
 * message and the lease from its arrival, and the server would accept the acknowledgements of both processes.
 */
export function redeliveryMs(leaseMs: number): number {
  return leaseMs + Math.min(5000, Math.max(1000, leaseMs / 10));
}
