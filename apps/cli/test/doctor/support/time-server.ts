import { createSocket } from "node:dgram";
import { once } from "node:events";
import { onTestFinished } from "vitest";

const ntpToUnixSeconds = 2_208_988_800;

export interface TimeServerOptions {
  /** By how much its clock is ahead of ours. */
  readonly aheadMs?: number;
  /** Octets of the answer to overwrite, by position. */
  readonly change?: Readonly<Record<number, number>>;
  readonly silent?: boolean;
}

/** A server of SNTP on loopback, until the test ends; resolves to its port. */
export async function startTimeServer(options: TimeServerOptions = {}): Promise<number> {
  const { aheadMs = 0, change = {}, silent = false } = options;
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    if (silent) return;
    const answer = Buffer.alloc(48);
    answer[0] = 0x24;
    answer[1] = 2;
    query.copy(answer, 24, 40, 48);
    const seconds = (Date.now() + aheadMs) / 1000 + ntpToUnixSeconds;
    for (const at of [32, 40]) {
      answer.writeUInt32BE(Math.floor(seconds) % 2 ** 32, at);
      answer.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), at + 4);
    }
    for (const [at, octet] of Object.entries(change)) answer[Number(at)] = octet;
    socket.send(answer, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return socket.address().port;
}
