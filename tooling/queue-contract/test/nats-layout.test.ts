import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Queue } from "@mailseal/queue";
import { openNatsQueue } from "@mailseal/queue/nats";
import {
  jetstream,
  type JetStreamClient,
  jetstreamManager,
  type JetStreamManager,
} from "@nats-io/jetstream";
import { Objm } from "@nats-io/obj";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  destinationTo,
  expectNothing,
  messageTo,
  takeAll,
  takeOne,
  text,
} from "../src/contract/fixture.ts";
import { type NatsServers, natsServerMissing, startNatsServers } from "../src/nats-server.ts";

const shards = 2;
const three = ["a", "b", "c"].map(destinationTo);

/** The content of the streams, and not only what the queue reports. */
describe.skipIf(natsServerMissing !== undefined && process.env["CI"] === undefined)(
  "streams",
  () => {
    let servers: NatsServers;
    let client: JetStreamClient;
    let manager: JetStreamManager;
    let close: () => Promise<void>;
    let names = 0;
    beforeAll(async () => {
      servers = await startNatsServers();
      const connection = await connect({ servers: [...servers.urls], maxReconnectAttempts: -1 });
      client = jetstream(connection);
      manager = await jetstreamManager(connection);
      close = () => connection.close();
    }, 60_000);
    afterAll(async () => {
      await close();
      await servers.remove();
    });

    async function open(name: string, more: object = {}): Promise<Queue> {
      const queue = await openNatsQueue({
        connection: { servers: [...servers.urls] },
        name,
        shards,
        durability: "os-buffered",
        leaseMs: 30_000,
        ...more,
      });
      onTestFinished(() => queue.close());
      return queue;
    }

    const newName = (): string => `layout${names++}`;

    /** A message as the first version framed it. */
    function framed(label: object, body: string): Uint8Array {
      const json = Buffer.from(JSON.stringify(label));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(json.length);
      return Buffer.concat([length, json, Buffer.from(body)]);
    }

    function firstSubject(name: string, route: string): string {
      const shard = hash("sha256", route, "buffer").readUInt32BE() % shards;
      return `${name}.live.${shard}.${Buffer.from(route).toString("base64url")}.new`;
    }

    test("messages that an earlier version queued are delivered, even with long bodies", async () => {
      const name = newName();
      const store = await new Objm(client).create(`${name}-bodies`);
      await store.putBlob({ name: "long" }, Buffer.from("long body"));
      await (await open(name)).close();
      const label = {
        envelope: { from: "", recipients: [{ address: "bob@a" }] },
        context: [],
        route: "a",
        sizeBytes: 5,
        firstSeenMs: 1,
        retries: 0,
      };
      await client.publish(firstSubject(name, "a"), framed(label, "short"));
      await client.publish(firstSubject(name, "a"), framed({ ...label, object: "long" }, ""));
      const queue = await open(name);
      const leases = await takeAll(queue, 2);
      const bodies = await Promise.all(
        leases.map(async (it) => Buffer.from(await it.bytes()).toString()),
      );
      expect(bodies.toSorted()).toEqual(["long body", "short"]);
      await leases[0]?.retry({ afterMs: 0, reason: "later" });
      await leases[1]?.done();
      await (await takeOne(queue)).done();
      await expectNothing(queue);
      expect((await queue.stats()).depth).toBe(0);
    });

    test("a committed message reaches all its destinations once, even if its process was killed", async () => {
      const name = newName();
      const queue = await open(name, { checkMs: 100 });
      const { seq } = await client.publish(`${name}.shared.body.key`, "body");
      const label = {
        envelope: { from: "" },
        context: [],
        firstSeenMs: 1,
        retries: 0,
        sizeBytes: 4,
      };
      const record = { label, destinations: three, key: "key", pieces: [seq] };
      await client.publish(`${name}.live.record.key`, JSON.stringify(record));
      expect((await queue.stats()).depth).toBe(1);
      const leases = await takeAll(queue, 3);
      expect(leases.map(({ message }) => message.route).toSorted()).toEqual(["a", "b", "c"]);
      for (const lease of leases) expect(Buffer.from(await lease.bytes()).toString()).toBe("body");
      // A killed server has forgotten that the record was removed.
      await client.publish(`${name}.live.record.key`, JSON.stringify(record));
      await Promise.all(leases.map((lease) => lease.done()));
      await sleep(500);
      await expectNothing(queue);
      expect((await queue.stats()).depth).toBe(0);
    });

    test("unused bodies are removed, and used ones never", async () => {
      const name = newName();
      const queue = await open(name, { collectMs: 200 });
      await client.publish(`${name}.shared.body.orphan`, "never committed");
      const { ids } = await queue.add(messageTo("a", { destinations: three }), text("in use"));
      const orphan = { last_by_subj: `${name}.shared.body.orphan` };
      while ((await manager.streams.getMessage(`${name}-shared`, orphan)) !== null) await sleep(50);
      await sleep(600);
      const [first, ...others] = await takeAll(queue, 3);
      await first?.dead("550 no");
      for (const lease of others) await lease.done();
      await sleep(600);
      const pieces: Uint8Array[] = [];
      for await (const piece of queue.content(first?.message.id ?? "")) pieces.push(piece);
      expect(Buffer.concat(pieces).toString()).toBe("in use");
      expect(ids).toContain(first?.message.id);
      await queue.drop(first?.message.id ?? "");
      const { state } = await manager.streams.info(`${name}-shared`, {
        subjects_filter: `${name}.shared.body.*`,
      });
      expect(state.subjects).toBeUndefined();
    });

    test("a settled message is not delivered again, even if the server delivers it to the queue again", async () => {
      const name = newName();
      const queue = await open(name);
      await queue.add(messageTo("a", { destinations: three.slice(0, 2) }), text("x"));
      const [lease] = await takeAll(queue, 2);
      const subject = `${name}.live.*.*.${lease?.message.id}`;
      const stored = await manager.streams.getMessage(name, { last_by_subj: subject });
      await lease?.done();
      await client.publish(stored?.subject ?? "", stored?.data);
      await expectNothing(await open(name));
    });

    test("a message whose body is missing reports that, and can become a dead letter", async () => {
      const name = newName();
      const queue = await open(name);
      await queue.add(messageTo("a", { destinations: three }), text("x"));
      await manager.streams.purge(`${name}-shared`, { filter: `${name}.shared.body.*` });
      const lease = await takeOne(queue);
      await expect(lease.bytes()).rejects.toMatchObject({ code: "body-missing", temporary: false });
      await lease.dead("no body");
      expect(await queue.stats()).toMatchObject({ dead: 1 });
    });

    // The last test, because it kills the server that all of them use.
    test("a message settled while the server is down is recorded when it is back", async () => {
      const name = newName();
      const queue = await open(name, { timeoutMs: 500 });
      await queue.add(messageTo("a"), text("x"));
      await queue.add(messageTo("a"), text("y"));
      const [first, second] = await takeAll(queue, 2);
      const [server] = servers.servers;
      await server?.kill();
      const ended = Promise.all([first?.done(), second?.retry({ afterMs: 0, reason: "later" })]);
      await sleep(1000);
      await server?.start();
      await ended;
      const again = await takeOne(await open(name));
      expect(again.message).toMatchObject({ id: second?.message.id, attempt: 2, reason: "later" });
      await again.done();
      await expectNothing(queue, { waitMs: 2000 });
      expect((await queue.stats()).depth).toBe(0);
    });
  },
);
