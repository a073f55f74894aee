import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";

/** A mail server on loopback that keeps what it receives, for the messages of one test. */
export interface LoopbackListener {
  readonly port: number;
  /** The message whose text contains `mark`; undefined if it does not arrive in time. */
  readonly arrival: (mark: string, withinMs: number) => Promise<Buffer | undefined>;
  readonly stop: () => Promise<void>;
}

const longestMs = 60_000;

/** `protocol`: LMTP where the mail server would insist on a verified certificate for SMTP. */
export async function startLoopbackListener(
  address: "127.0.0.1" | "::1",
  protocol: "smtp" | "lmtp",
): Promise<LoopbackListener> {
  const messages: Buffer[] = [];
  const waiting = new Set<() => void>();
  const server = new SMTPServer({
    name: "mailseal-test.invalid",
    lmtp: protocol === "lmtp",
    disabledCommands: ["AUTH"],
    disableReverseLookup: true,
    logger: false,
    socketTimeout: longestMs,
    onData: async (stream, _session, done) => {
      try {
        messages.push(await buffer(stream));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      for (const look of waiting) look();
      done(null, "received for the test");
    },
  });
  // A client that breaks off is no concern of the test.
  server.on("error", () => undefined);
  server.server.listen({ host: address, port: 0 });
  await once(server.server, "listening");
  const bound = server.server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : 0,
    arrival: (mark, withinMs) =>
      new Promise((resolve) => {
        const end = (bytes: Buffer | undefined): void => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve(bytes);
        };
        const look = (): void => {
          const found = messages.find((bytes) => bytes.includes(mark));
          if (found !== undefined) end(found);
        };
        const timer = setTimeout(end, withinMs, undefined);
        waiting.add(look);
        look();
      }),
    stop: () => {
      for (const connection of server.connections) connection._socket.destroy();
      return new Promise((resolve) => server.server.close(() => resolve()));
    },
  };
}
