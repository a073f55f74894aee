import type { DnsQuery } from "./dns-query.ts";
import { readTxtResponse } from "./dns-response.ts";
import type { ServerAddress } from "./resolver-address.ts";
import { failure, networkFailure, type TxtAnswer } from "./txt-resolver.ts";

/**
 * Sends one query over a new connection (RFC 7766), for a response that UDP cannot carry. The length prefix
 * bounds the response at 64 KiB, and the timeout covers the whole exchange.
 */
export async function exchangeOverTcp(
  server: ServerAddress,
  query: DnsQuery,
  timeoutMs: number,
): Promise<TxtAnswer> {
  // Loaded here for the reason that `node:dgram` is: only few programs get this far.
  const { createConnection } = await import("node:net");
  return new Promise((resolve) => {
    const socket = createConnection({ host: server.address, port: server.port });
    const timer = setTimeout(() => {
      finish(failure("timeout", `no response over TCP within ${timeoutMs} ms`));
    }, timeoutMs);
    timer.unref();
    const finish = (answer: TxtAnswer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const received: Buffer[] = [];
    let octets = 0;
    socket.on("error", (error) => finish(networkFailure(error)));
    socket.on("close", () => {
      finish(failure("error", "the server closed the connection without a whole response"));
    });
    socket.on("connect", () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.bytes.length);
      socket.write(Buffer.concat([length, query.bytes]));
    });
    socket.on("data", (chunk: Buffer) => {
      received.push(chunk);
      octets += chunk.length;
      const response = octets < 2 ? undefined : wholeResponse(received, octets);
      if (response !== undefined) finish(toAnswer(response, query));
    });
  });
}

function wholeResponse(received: Buffer[], octets: number): Buffer | undefined {
  const [first] = received;
  if (first === undefined) return undefined;
  if (first.length < 2) {
    received.splice(0, received.length, Buffer.concat(received));
    return wholeResponse(received, octets);
  }
  const end = 2 + first.readUInt16BE(0);
  return octets < end ? undefined : Buffer.concat(received).subarray(2, end);
}

function toAnswer(bytes: Buffer, query: DnsQuery): TxtAnswer {
  const response = readTxtResponse(bytes, query);
  return response?.status === "complete"
    ? response.answer
    : failure("error", "the server sent over TCP what is no response to the query");
}
