import { z } from "zod";
import { duration, network, size } from "./values.ts";

const perMinute = z.int().min(0).default(0);

export const limits = z
  .strictObject({
    connections: z
      .int()
      .min(1)
      .default(1000)
      .describe("simultaneous connections to each listener; more get 421"),
    connectionsPerClient: z
      .int()
      .min(1)
      .default(100)
      .describe("simultaneous connections from one address; more get 421"),
    connectionsPerMinute: perMinute.describe(
      "new connections from one IPv4 address or IPv6 /64 to a listener; more get 421. 0: no limit",
    ),
    messagesPerMinute: perMinute.describe("messages from one client; more get 450. 0: no limit"),
    recipientsPerMinute: perMinute.describe(
      "recipients from one client; more get 450. 0: no limit",
    ),
    loginsPerMinute: perMinute.describe("AUTH commands from one client; more get 454. 0: no limit"),
    rateExceptions: z
      .array(network)
      .optional()
      .describe(
        "clients that the limits per minute do not apply to; default: loopback, and the relayNetworks of the listener if set",
      ),
    messageSize: size.prefault("50MB").describe("largest message; larger ones get 552"),
    headerSize: size.prefault("1MB").describe("largest header; larger ones get 552"),
    headerFields: z.int().min(1).default(1000).describe("header fields in a message; more get 552"),
    lineLength: z
      .int()
      .min(78)
      .default(998)
      .describe("octets in a line of a message, without its CRLF"),
    recipients: z.int().min(1).default(1000).describe("recipients of a message; more get 452"),
    commandsPerSession: z
      .int()
      .min(10)
      .default(10_000)
      .describe("SMTP commands since the last accepted message; more get 421"),
    errorsPerSession: z
      .int()
      .min(1)
      .default(20)
      .describe("refused commands in a session; more get 421"),
    commandTimeout: duration.prefault("5m").describe("time a client has between two commands"),
    dataTimeout: duration.prefault("10m").describe("time a client has to send a message"),
    spillSize: size
      .prefault("1MB")
      .describe("messages larger than this are kept in a temporary file instead of memory"),
    memory: size
      .prefault("256MB")
      .describe(
        "octets of messages, uploads and milter packets that one process holds in memory; beyond that, mail gets 452 and uploads get 503. Raise it if that happens under normal load",
      ),
  })
  .prefault({})
  .describe("limits; what exceeds them is refused with 4xx or 5xx");
