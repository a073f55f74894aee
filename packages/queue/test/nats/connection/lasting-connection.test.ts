import { createServer, type Socket } from "node:net";
import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { lastingConnection } from "../../../src/nats/connection/lasting-connection.ts";

/** Closes the connections for which `ends` returns true as soon as the client answers the greeting. */
async function startServer(ends: (connection: number) => boolean): Promise<{
  readonly port: number;
  readonly kept: Socket[];
}> {
  const kept: Socket[] = [];
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.on("error", () => undefined);
    socket.write('INFO {"server_id":"x","version":"2.9.10","max_payload":1024,"proto":1}\r\n');
    if (ends(count)) {
      socket.on("data", () => socket.destroy());
      return;
    }
    kept.push(socket);
    socket.on("data", (bytes) => {
      if (bytes.includes("PING")) socket.write("PONG\r\n");
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    for (const socket of kept) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return { port: address.port, kept };
}

test("a server that closes the connection during a reconnect is tried again", async () => {
  const { port, kept } = await startServer((connection) => connection === 2);
  const connection = await connect(lastingConnection({ servers: [`127.0.0.1:${port}`] }));
  onTestFinished(() => connection.close());
  kept[0]?.destroy();
  await expect.poll(() => kept.length, { timeout: 15_000 }).toBe(2);
}, 20_000);
