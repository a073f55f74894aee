import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import { onTestFinished } from "vitest";

/** Serves the start of the milter protocol on a unix socket that everybody may use, until the test ends. */
export async function serveMilterGreeting(path: string, actions: number): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (offer: Buffer) => {
      const answer = Buffer.from(offer.subarray(0, 17));
      answer.writeUInt32BE(actions, 9);
      socket.write(answer);
    });
  });
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o666);
  onTestFinished(() => void server.close());
}

export const addsFields = 0x01;
export const changesBody = 0x02;
export const changesHeader = 0x10;
