import { once } from "node:events";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { type Config, type ListenTarget, listenTarget } from "@mailseal/config";
import { ServiceError } from "../errors.ts";

/** The owner and mode of a unix socket. */
export interface SocketFile {
  readonly mode: number;
  /** Default: the group of the process. */
  readonly groupId?: number;
}

const ownerOnly: SocketFile = { mode: 0o600 };

/** Formats an address as the config writes it. */
export function formatAddress(address: ListenTarget): string {
  if ("path" in address) {
    return `unix:${address.path}`;
  }
  return address.host.includes(":")
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}

/** The address of a server, with the port that the system chose in place of 0. */
export function boundAddress(server: Server): ListenTarget {
  const address = server.address();
  return address === null || typeof address === "string"
    ? { path: address ?? "" }
    : { host: address.address, port: address.port };
}

/** Resolves when the server is listening. Replaces a socket file that an earlier process left. Rejects with a `ServiceError` "listen". */
export async function listenOn(
  server: Server,
  address: ListenTarget,
  socketFile: SocketFile = ownerOnly,
): Promise<void> {
  try {
    if ("path" in address) {
      await listenOnPath(server, address.path, socketFile);
    } else {
      server.listen({ host: address.host, port: address.port });
      await once(server, "listening");
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServiceError("listen", `cannot listen on ${formatAddress(address)}: ${reason}`, {
      cause: error,
    });
  }
}

/**
 * Removes sockets that no process serves any more. A parent does so before its child processes listen: otherwise each of
 * them would remove the socket of the one before it as stale.
 */
export async function removeStaleSockets({ listeners }: Config): Promise<void> {
  const targets = listeners.map(({ listen }) => listenTarget(listen));
  await Promise.all(
    targets.map((target) => ("path" in target ? removeStale(target.path) : undefined)),
  );
}

async function listenOnPath(server: Server, path: string, { mode, groupId }: SocketFile) {
  // Not recursive, because Node would never return for a folder such as /proc/x.
  if (!existsSync(dirname(path))) {
    mkdirSync(dirname(path));
  }
  await removeStale(path);
  // The socket is created with its mode, so that others can never open it; the group's bits are set after the group is.
  const first = groupId === undefined ? mode : mode & 0o700;
  const listening = once(server, "listening");
  underUmask(0o777 & ~first, () => server.listen({ path }));
  await listening;
  if (groupId !== undefined) {
    chownSync(path, process.geteuid?.() ?? -1, groupId);
  }
  // The parent creates the socket of a child process, under a umask that restricts it to the owner.
  chmodSync(path, mode);
}

/** `server.listen` creates the socket before it returns. Threads have no umask of their own. */
function underUmask(mask: number, work: () => void): void {
  if (!isMainThread) {
    work();
    return;
  }
  const previous = process.umask(mask);
  try {
    work();
  } finally {
    process.umask(previous);
  }
}

async function removeStale(path: string): Promise<void> {
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing?.isSocket() === true && !(await isServed(path))) {
    rmSync(path, { force: true });
  }
}

async function isServed(path: string): Promise<boolean> {
  const socket = connect({ path });
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code !== "ECONNREFUSED" && code !== "ENOENT";
  } finally {
    socket.destroy();
  }
}
