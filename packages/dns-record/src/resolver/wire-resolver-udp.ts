import { createSocket } from "node:dgram";
import type { DnsQuery } from "./dns-query.ts";
import { type DnsResponse, readTxtResponse } from "./dns-response.ts";
import type { ServerAddress } from "./resolver-address.ts";
import { failure, type TxtFailure } from "./txt-resolver.ts";

/**
 * One query, one response. The socket is new, so that the source port is random (RFC 5452), and connected,
 * so that only the server is heard, and a port that nobody listens on is noticed. Whatever is no response
 * to the query is ignored until the time is over.
 */
export function exchangeOverUdp(
  server: ServerAddress,
  query: DnsQuery,
  timeoutMs: number,
): Promise<DnsResponse> {
  return new Promise((resolve) => {
    const socket = createSocket(server.family === 6 ? "udp6" : "udp4");
    const timer = setTimeout(() => {
      fail(failure("timeout", `no response within ${timeoutMs} ms`));
    }, timeoutMs);
    timer.unref();
    let finished = false;
    const finish = (response: DnsResponse): void => {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      socket.close();
      resolve(response);
    };
    const fail = (answer: TxtFailure): void => finish({ status: "complete", answer });
    socket.on("error", (error) => fail(failure("error", error.message)));
    socket.on("message", (bytes) => {
      const response = readTxtResponse(bytes, query);
      if (response !== undefined) finish(response);
    });
    socket.on("connect", () => {
      socket.send(query.bytes, (error) => {
        if (error !== null) fail(failure("error", error.message));
      });
    });
    socket.connect(server.port, server.address);
  });
}
