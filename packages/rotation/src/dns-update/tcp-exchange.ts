import { createConnection } from "node:net";
import type { ServerAddress } from "@mailseal/dns-record";
import { RotationError } from "../errors.ts";
import { uint16 } from "./wire-text.ts";

const lengthOctets = 2;

/** Sends one message over a connection of its own (RFC 7766) and resolves to the response. */
export async function exchange(
  { address, port }: ServerAddress,
  message: Buffer,
  timeoutMs: number,
): Promise<Buffer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = createConnection({ host: address, port, signal });
  socket.write(Buffer.concat([uint16(message.length), message]));
  let received: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.length < lengthOctets) continue;
      const end = lengthOctets + received.readUInt16BE(0);
      if (received.length >= end) return received.subarray(lengthOctets, end);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RotationError(
      "dns-update",
      signal.aborted
        ? `expected a response of the DNS server within ${timeoutMs} ms, got none`
        : `expected a response of the DNS server, got: ${reason}`,
    );
  } finally {
    socket.destroy();
  }
  throw new RotationError(
    "dns-update",
    "expected a response of the DNS server, and it closed the connection",
  );
}
