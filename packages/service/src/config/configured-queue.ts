import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "@mailseal/config";
import { openQueue, type Queue } from "@mailseal/queue";
import { openNatsQueue } from "@mailseal/queue/nats";
import { ServiceError } from "../errors.ts";

export type QueueConfig = NonNullable<Config["queue"]>;

/**
 * Opens the queue that a config names; its folder is made. Who accepts mail asks JetStream first whether an
 * acknowledgement is worth a `250`; who only serves what is there does not. `onProblem` hears what is wrong with a
 * queue that can be used all the same, mail that is missing from it for instance. Rejects with a `ServiceError`
 * "config" or a `QueueError`.
 */
export async function openConfiguredQueue(
  config: QueueConfig | undefined,
  use: "accept" | "serve",
  onProblem: (problem: string) => void = () => undefined,
): Promise<Queue> {
  if (config?.nats !== undefined) {
    const { name, replicas, durability, monitor, reserve } = config.nats;
    return openNatsQueue({
      connection: natsConnection(config.nats),
      name,
      replicas,
      durability: use === "accept" ? durability : "os-buffered",
      monitor,
      reserveBytes: reserve,
    });
  }
  if (config?.file !== undefined) {
    // Not recursive: Node's loops for ever where the system says that /proc/x cannot be.
    if (!existsSync(dirname(config.file))) {
      mkdirSync(dirname(config.file));
    }
    // What is left to deliveries is asked for by `highWater.diskFree`, which is looked at before.
    return openQueue({ file: config.file, onProblem });
  }
  throw new ServiceError("config", "expected queue.file or queue.nats, the config has neither");
}

/** As `@nats-io/transport-node` takes it. */
export interface NatsConnectionConfig {
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
}

/**
 * What the client of NATS wants to know. It does not look for a user in a URL, and names the URL where it fails: what
 * `nats://user:password@host` says is told apart.
 */
export function natsConnection(nats: NonNullable<QueueConfig["nats"]>): NatsConnectionConfig {
  const parts = nats.servers.map(serverParts);
  const named = parts.find(({ user, token }) => user !== undefined || token !== undefined);
  const { user = named?.user, password: pass = named?.pass, token = named?.token } = nats;
  return {
    servers: parts.map(({ server }) => server),
    ...(user === undefined ? {} : { user }),
    ...(pass === undefined ? {} : { pass }),
    ...(token === undefined ? {} : { token }),
  };
}

/**
 * `nats://user:password@host` and `nats://token@host`, as NATS writes them; in percent-encoding, but all before the last
 * "@" is taken for it, so that no part of a password that was not encoded is taken for the host, and shown.
 */
function serverParts(text: string): {
  readonly server: string;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
} {
  const [, scheme = "", credentials = "", host = ""] =
    /^([a-z]+:\/\/)?(.*)@([^@]*)$/is.exec(text) ?? [];
  if (host === "") return { server: text };
  const server = scheme + host;
  const colon = credentials.indexOf(":");
  return colon < 0
    ? { server, token: decoded(credentials) }
    : {
        server,
        user: decoded(credentials.slice(0, colon)),
        pass: decoded(credentials.slice(colon + 1)),
      };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
