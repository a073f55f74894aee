import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { checkDurability } from "../../../src/nats/connection/durability.ts";
import { checkNatsOptions, type NatsQueueOptions } from "../../../src/nats/options.ts";

interface Stream {
  readonly replicas: number;
  readonly hosts?: readonly string[];
}

/** Checks streams of the given replicas on servers of the given names. */
async function check(
  streams: readonly Stream[],
  options: Partial<NatsQueueOptions>,
  version = "2.11.4",
): Promise<void> {
  const connection = { info: { version, server_name: "n1" } };
  const info = ({ replicas, hosts = ["n1"] }: Stream, index: number): unknown => ({
    config: { name: `stream-${index}`, num_replicas: replicas },
    cluster: { leader: hosts[0], replicas: hosts.slice(1).map((name) => ({ name })) },
  });
  const manager = {
    streams: {
      info: async (name: string) => info(streams[Number(name)] ?? { replicas: 0 }, Number(name)),
    },
  };
  await checkDurability(
    connection as NatsConnection,
    manager as JetStreamManager,
    [...streams.keys()].map(String),
    checkNatsOptions({ connection: {}, timeoutMs: 2000, ...options }),
  );
}

/** The monitoring port of a server, which answers `/varz` only. */
async function monitorOf(name: string, config: object): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url !== "/varz") response.statusCode = 404;
    response.end(JSON.stringify({ server_name: name, jetstream: { config } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const always = { sync_interval: 120_000_000_000, sync_always: true };
const byDefault = { sync_interval: 120_000_000_000 };
const notDurable = { code: "not-durable", temporary: false };
const one = [{ replicas: 1 }];

test("a setting that cannot be read is refused, and both remedies are named", async () => {
  const refused = check(one, {});
  await expect(refused).rejects.toMatchObject(notDurable);
  await expect(refused).rejects.toThrow(/sync_interval cannot be read.*sync_interval: always/);
  await expect(refused).rejects.toThrow(/replicas: 3.*durability: os-buffered/);
});

test("a server that syncs each message is durable with one replica", async () => {
  const monitor = [await monitorOf("n1", always)];
  await expect(check(one, { monitor })).resolves.toBeUndefined();
});

test("a server with the default interval is refused, whatever the operator states of it", async () => {
  const monitor = [await monitorOf("n1", byDefault)];
  await expect(check(one, { monitor })).rejects.toThrow("n1, which acknowledges messages before");
  await expect(check(one, { monitor, durability: "sync-always" })).rejects.toMatchObject(
    notDurable,
  );
  await expect(check(one, { monitor, durability: "os-buffered" })).resolves.toBeUndefined();
});

test("an operator can state what cannot be read", async () => {
  await expect(check(one, { durability: "sync-always" })).resolves.toBeUndefined();
  await expect(check(one, { durability: "os-buffered" })).resolves.toBeUndefined();
});

test("a server before 2.10 cannot sync each message", async () => {
  await expect(check(one, { durability: "sync-always" }, "2.9.10")).rejects.toMatchObject(
    notDurable,
  );
});

test("every stream needs its replicas, as the servers have them", async () => {
  const three = { replicas: 3, hosts: ["n1", "n2", "n3"] };
  await expect(check([three, three], { replicas: 3 })).resolves.toBeUndefined();
  await expect(check([three, { replicas: 1 }], { replicas: 3 })).rejects.toThrow("stream-1");
});

test("every server that keeps a stream has to sync, not only the one that answers", async () => {
  const two = [{ replicas: 2, hosts: ["n1", "n2"] }];
  const first = await monitorOf("n1", always);
  await expect(check(two, { monitor: [first] })).rejects.toThrow("on n2, whose sync_interval");
  const monitor = [first, await monitorOf("n2", always)];
  await expect(check(two, { monitor })).resolves.toBeUndefined();
});

test("a monitor that does not answer counts as not read", async () => {
  await expect(check(one, { monitor: ["http://127.0.0.1:1"] })).rejects.toMatchObject(notDurable);
});
