import { once } from "node:events";
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import { dirname } from "node:path";
import type { ListenTarget } from "@mailseal/policy/config";
import { MailsealError } from "@mailseal/syntax";

/** As the config writes it. */
export function formatAddress(address: ListenTarget): string {
  if ("path" in address) {
    return `unix:${address.path}`;
  }
  return address.host.includes(":")
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}

/** Resolves when it listens. A socket file that an earlier process left is replaced. Throws a `MailsealError` "listen". */
export async function listenOn(
  server: Server,
  address: ListenTarget,
  socketMode = 0o600,
): Promise<void> {
  try {
    if ("path" in address) {
      prepareSocketPath(address.path);
      server.listen({ path: address.path });
    } else {
      server.listen({ host: address.host, port: address.port });
    }
    await once(server, "listening");
    if ("path" in address) {
      chmodSync(address.path, socketMode);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MailsealError("listen", `cannot listen on ${formatAddress(address)}: ${reason}`, {
      cause: error,
    });
  }
}

function prepareSocketPath(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing?.isSocket() === true) {
    rmSync(path);
  }
}
