import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Objm } from "@nats-io/obj";
import { connect } from "@nats-io/transport-node";
import type { Queue } from "../contract.ts";
import { Bodies } from "./bodies.ts";
import { Collection } from "./collection.ts";
import { checkDurability } from "./durability.ts";
import { Ender } from "./ender.ts";
import { Endings } from "./endings.ts";
import { Expansion } from "./expansion.ts";
import { Intake } from "./intake.ts";
import { lastingConnection } from "./lasting-connection.ts";
import { Layout } from "./layout.ts";
import { Ledger } from "./ledger.ts";
import { NatsQueue } from "./nats-queue.ts";
import { NatsReceipts } from "./nats-receipts.ts";
import { checkNatsOptions, type NatsQueueOptions } from "./options.ts";
import { Reserve } from "./reserve.ts";
import { ServerClock } from "./server-clock.ts";
import { asked, serverError } from "./server-error.ts";
import { Shelf } from "./shelf.ts";
import { Sightings } from "./sightings.ts";
import { ensureConsumers, ensureStreams } from "./streams.ts";
import { Unfinished } from "./unfinished.ts";

/**
 * Opens a queue in NATS JetStream, and creates its streams where they are not there. Rejects with
 * "queue-unavailable", "bad-option", or "not-durable" where acknowledged messages could be lost.
 */
export async function openNatsQueue(options: NatsQueueOptions): Promise<Queue> {
  const checked = checkNatsOptions(options);
  const { name, shards, timeoutMs } = checked;
  const layout = new Layout(name, shards);
  // A queue outlives its servers: it is connected again for as long as it is open.
  const connection = await asked(connect(lastingConnection(checked.connection)));
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
    const shelf = new Shelf(servers, reserve);
    const bodies = new Bodies(servers, store);
    const endings = new Endings(servers, reserve);
    const ledger = new Ledger(servers, reserve);
    const unfinished = new Unfinished();
    const sharing = { shelf, ledger, endings, unfinished };
    const serverClock = await ServerClock.start(manager, layout.stream("dead"), checked);
    const sightings = new Sightings(connection, layout.sightings);
    const clock = (): number => serverClock.now();
    const queue = new NatsQueue(
      {
        connection,
        manager,
        layout,
        shelf,
        bodies,
        unfinished,
        endings,
        reserve,
        ender: new Ender({ ...sharing, bodies }, checked),
        expansion: new Expansion(servers, sharing),
        collection: new Collection(manager, layout, bodies, ledger),
        intake: new Intake(consumers, clock, sightings),
        serverClock,
        sightings,
        receipts: new NatsReceipts(connection, client, manager, { name, timeoutMs, clock }),
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
