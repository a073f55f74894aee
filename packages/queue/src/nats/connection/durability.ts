import type { JetStreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { QueueError } from "../../errors.ts";
import type { CheckedNatsOptions } from "../options.ts";
import { asked } from "./server-error.ts";

/** As many replicas make up for a disk that is not synced: a message is acknowledged when at least two servers have it. */
const enoughReplicas = 3;

const remedies =
  'Set "sync_interval: always" in the jetstream section of every server (nats-server 2.10 or later) and let the queue read it with monitor, or keep replicas: 3 of every stream. Otherwise set durability: sync-always if the servers have that setting but it cannot be read, or durability: os-buffered if a power failure may lose acknowledged mail';

/**
 * Rejects with "not-durable" unless an acknowledged message survives a power failure: it is on the disk of its server,
 * or three servers keep it. The option `durability` can state either, in place of the check.
 */
export async function checkDurability(
  connection: NatsConnection,
  manager: JetStreamManager,
  streams: readonly string[],
  { durability, monitor, timeoutMs }: CheckedNatsOptions,
): Promise<void> {
  if (durability === "os-buffered") return;
  const infos = await asked(Promise.all(streams.map((name) => manager.streams.info(name))));
  const few = infos.filter(({ config }) => config.num_replicas < enoughReplicas);
  if (few.length === 0) return;
  const own = connection.info;
  const hosts = new Set(
    few.flatMap(({ cluster }) => [
      cluster?.leader ?? own?.server_name ?? "",
      ...(cluster?.replicas ?? []).map(({ name }) => name),
    ]),
  );
  const syncs = await readSyncs(monitor, timeoutMs);
  if (own !== undefined && !knowsSyncAlways(own.version)) syncs.set(own.server_name, false);
  const buffering = [...hosts].filter((host) => syncs.get(host) === false);
  const unread = [...hosts].filter((host) => !syncs.has(host));
  if (buffering.length === 0 && (unread.length === 0 || durability === "sync-always")) return;
  const [first] = few;
  const where =
    buffering.length > 0
      ? `${buffering.join(", ")}, which acknowledges messages before they are on the disk`
      : `${unread.join(", ")}, whose sync_interval cannot be read`;
  throw new QueueError(
    "not-durable",
    `acknowledged mail could be lost in a power failure: the stream ${first?.config.name ?? ""} has replicas: ${first?.config.num_replicas ?? 1} (${enoughReplicas} would do) on ${where}. ${remedies}`,
  );
}

/** By server name, whether it syncs before it acknowledges; servers that do not answer are left out. */
async function readSyncs(
  monitor: readonly string[],
  timeoutMs: number,
): Promise<Map<string, boolean>> {
  const answers = await Promise.all(
    monitor.map((url) =>
      (/^https?:/.test(url) ? askMonitor(url, timeoutMs) : askSystemAccount(url, timeoutMs)).catch(
        () => [],
      ),
    ),
  );
  return new Map(answers.flat().flatMap(syncOf));
}

async function askMonitor(url: string, timeoutMs: number): Promise<readonly unknown[]> {
  const answer = await fetch(new URL("/varz", url), { signal: AbortSignal.timeout(timeoutMs) });
  return [await answer.json()];
}

/** Every server of a cluster answers a user of the system account. */
async function askSystemAccount(url: string, timeoutMs: number): Promise<readonly unknown[]> {
  const { username, password, host, protocol } = new URL(url);
  const connection = await connect({
    servers: `${protocol}//${host}`,
    timeout: timeoutMs,
    ...(username !== "" && {
      user: decodeURIComponent(username),
      pass: decodeURIComponent(password),
    }),
  });
  try {
    const answers: unknown[] = [];
    const asking = await connection.requestMany("$SYS.REQ.SERVER.PING.VARZ", "", {
      strategy: "timer",
      maxWait: Math.min(timeoutMs, 1000),
    });
    for await (const answer of asking) {
      const { data } = answer.json<{ readonly data?: unknown }>();
      answers.push(data);
    }
    return answers;
  } finally {
    await connection.close();
  }
}

/** Reads the `/varz` of a server, which has `sync_always` only if it is set. */
function syncOf(answer: unknown): readonly (readonly [string, boolean])[] {
  const { server_name: name, jetstream } = fields(answer);
  const { config } = fields(jetstream);
  if (typeof name !== "string" || config === undefined) return [];
  return [[name, fields(config)["sync_always"] === true]];
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function knowsSyncAlways(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 10);
}
