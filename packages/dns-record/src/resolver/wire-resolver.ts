import { randomInt } from "node:crypto";
import { optionsCheck, required, wholeNumber } from "@mailseal/errors";
import { lookupName } from "../record/record-name.ts";
import { type DnsQuery, encodeTxtQuery } from "./dns-query.ts";
import { type DnsResponse, readTxtResponse } from "./dns-response.ts";
import {
  badServerList,
  parseServerAddress,
  type ServerAddress,
  serverList,
} from "./resolver-address.ts";
import {
  failure,
  MAX_TIMEOUT_MS,
  networkFailure,
  refusedName,
  type TxtAnswer,
  type TxtFailure,
  type TxtResolver,
} from "./txt-resolver.ts";
import { exchangeOverTcp } from "./wire-resolver-tcp.ts";

/** The options of `wireResolver`. */
export interface WireResolverOptions {
  /** Recursive resolvers, in order of preference: "192.0.2.53", "[2001:db8::53]:5353". Port 53 by default. */
  readonly servers: readonly string[];
  /** How long to wait for one response. Default 2000. */
  readonly timeoutMs?: number;
  /** The most times to ask each server. Default 2. */
  readonly tries?: number;
}

const checkOptions = optionsCheck<WireResolverOptions>(
  "options",
  {
    servers: required(serverList),
    timeoutMs: wholeNumber(1, MAX_TIMEOUT_MS, "milliseconds"),
    tries: wholeNumber(1),
  },
  badServerList,
);

/**
 * Queries DNS servers directly (RFC 1035): over UDP with EDNS0, and over TCP if the answer is truncated. It
 * reports TTLs and the AD bit, which is as trustworthy as the server and the path to it. After a failure it
 * asks the next server, then the first again; the last failure is the answer.
 *
 * A name that is not a valid host name is an "error" without a query.
 *
 * ```ts
 * const resolver = wireResolver({ servers: ["192.0.2.53", "[2001:db8::53]:5353"] });
 * const { status } = await resolver.resolveTxt("mail2026._domainkey.example.com");
 * ```
 *
 * @throws DnsRecordError "bad-server", "invalid-option".
 */
export function wireResolver(options: WireResolverOptions): TxtResolver {
  checkOptions(options);
  const servers = options.servers.map(parseServerAddress);
  const { timeoutMs = 2000, tries = 2 } = options;
  return {
    async resolveTxt(asked) {
      const name = lookupName(asked);
      if (name === undefined) return refusedName(asked);
      let answer: TxtAnswer = failure("error", "no server was asked");
      for (let round = 0; round < tries; round++) {
        for (const server of servers) {
          answer = await exchange(server, name, timeoutMs);
          if (!("reason" in answer)) return answer;
        }
      }
      return answer;
    },
  };
}

async function exchange(
  server: ServerAddress,
  name: string,
  timeoutMs: number,
): Promise<TxtAnswer> {
  const query = encodeTxtQuery(name, randomInt(0x10000));
  const response = await exchangeOverUdp(server, query, timeoutMs);
  if (response.status === "complete") return response.answer;
  return exchangeOverTcp(server, encodeTxtQuery(name, randomInt(0x10000)), timeoutMs);
}

/**
 * Sends one query and waits for its response. The socket is new, so that the source port is random (RFC
 * 5452), and connected, so that it receives only from the server and notices a closed port. Packets that are
 * not a response to the query are ignored until the timeout.
 */
async function exchangeOverUdp(
  server: ServerAddress,
  query: DnsQuery,
  timeoutMs: number,
): Promise<DnsResponse> {
  // Loaded here, because hosts without UDP, such as workerd and bundles for it, may lack the module.
  const { createSocket } = await import("node:dgram");
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
    socket.on("error", (error) => fail(networkFailure(error)));
    socket.on("message", (bytes) => {
      const response = readTxtResponse(bytes, query);
      if (response !== undefined) finish(response);
    });
    socket.on("connect", () => {
      socket.send(query.bytes, (error) => {
        if (error !== null) fail(networkFailure(error));
      });
    });
    socket.connect(server.port, server.address);
  });
}
