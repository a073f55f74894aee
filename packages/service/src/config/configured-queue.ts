import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "@mailseal/config";
import { openQueue, type Queue } from "@mailseal/queue";
import { openNatsQueue } from "@mailseal/queue/nats";
import { ServiceError } from "../errors.ts";

export type QueueConfig = NonNullable<Config["queue"]>;

/** A program that accepts mail into the queue answers `250` for it; one that serves takes mail out. */
export type QueueUse = "accept" | "serve";

/**
 * Opens the queue that a config names, and creates its folder. For a program that accepts mail it first checks
 * whether messages that JetStream acknowledges survive a power failure. `onProblem` gets the problems of a queue that is
 * usable in spite of them, such as mail that is missing from it. Rejects with a `ServiceError` "config" or a `QueueError`.
 */
export async function openConfiguredQueue(
  config: QueueConfig | undefined,
  use: QueueUse,
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
    makeFolder(config.file);
    // `highWater.diskFree` keeps room on the disk for deliveries; it is checked before mail is accepted.
    return openQueue({ file: config.file, onProblem });
  }
  throw new ServiceError("config", "the config has no queue: set queue.file or queue.nats");
}

type BackendOption = Exclude<keyof QueueConfig, "highWater" | "resendWindow">;

/** The options that decide which queue is opened, with their values. Another queue needs a restart. */
export function queueBackends(
  config: QueueConfig | undefined,
): Readonly<Record<`queue.${BackendOption}`, unknown>> {
  return { "queue.file": config?.file, "queue.nats": config?.nats };
}

/** The queue as a log line names it. */
export function queueName(config: QueueConfig | undefined): string | undefined {
  return config?.file ?? config?.nats?.name;
}

function makeFolder(file: string): void {
  const folder = dirname(file);
  try {
    // Not recursive, because Node would never return for a folder such as /proc/x.
    if (!existsSync(folder)) mkdirSync(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServiceError(
      "config",
      `queue.file ${file}: its folder cannot be created (${reason}); create it, or set another path`,
    );
  }
}

/** The options of a connection of `@nats-io/transport-node`. */
export interface NatsConnectionConfig {
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
}

/**
 * The options of the NATS client. It ignores a user in a URL, and its errors show the URL: credentials such as those of
 * `nats://user:password@host` are passed as separate options.
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
 * `nats://user:password@host` and `nats://token@host`, as NATS writes them, in percent-encoding. Everything before the
 * last "@" belongs to the credentials, so that no part of a password that was not encoded is taken for the host and
 * shown.
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
