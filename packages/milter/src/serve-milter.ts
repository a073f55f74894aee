import type { Duplex } from "node:stream";
import type { MilterHandler } from "./handler.ts";
import type { MilterOptions } from "./options.ts";
import { MilterSession } from "./session/session.ts";
import { duplexTransport, type MilterTransport } from "./session/transport.ts";

/**
 * Serves one connection of an MTA: a socket, or a transport of one's own. `createHandler` is called for
 * each SMTP connection that comes through it, so that a handler keeps its state in itself; in its first
 * handler the session sees which steps are wanted. Throws a `MilterError` "bad-option".
 */
export function serveMilter(
  connection: Duplex | MilterTransport,
  createHandler: () => MilterHandler,
  options: MilterOptions = {},
): MilterSession {
  const transport = "pipe" in connection ? duplexTransport(connection) : connection;
  return new MilterSession(transport, createHandler, options);
}
