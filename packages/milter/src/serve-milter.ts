import type { Duplex } from "node:stream";
import { argumentCheck, callback, objectWith } from "@mailseal/errors";
import { badOption } from "./errors.ts";
import type { MilterHandler } from "./handler.ts";
import type { MilterOptions } from "./options.ts";
import { MilterSession } from "./session/session.ts";
import { duplexTransport, type MilterTransport } from "./session/transport.ts";

const checkConnection = argumentCheck(
  "connection",
  objectWith("a socket, another duplex stream or a MilterTransport", "pipe", "read"),
  badOption,
);
const checkCreateHandler = argumentCheck("createHandler", callback, badOption);

/**
 * Serves one connection of an MTA: a socket, or a transport of one's own. `createHandler` is called for
 * each SMTP connection that comes through it, so that a handler keeps its state in itself; in its first
 * handler the session sees which steps are wanted. Throws a `MilterError` "bad-option".
 *
 * ```ts
 * createServer((socket) => {
 *   const session = serveMilter(socket, () => ({
 *     rcptTo: ({ address }) => (address === "closed@example.com" ? "reject" : "continue"),
 *   }));
 *   void session.done.then(() => console.log("the MTA has gone"));
 * }).listen(8891, "127.0.0.1");
 * ```
 */
export function serveMilter(
  connection: Duplex | MilterTransport,
  createHandler: () => MilterHandler,
  options: MilterOptions = {},
): MilterSession {
  checkConnection(connection);
  checkCreateHandler(createHandler);
  const transport = "pipe" in connection ? duplexTransport(connection) : connection;
  return new MilterSession(transport, createHandler, options);
}
