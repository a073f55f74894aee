import { z } from "zod";
import { duration, network, size } from "./values.ts";

const perMinute = z.int().min(0).default(0);

export const limits = z
  .strictObject({
    connections: z.int().min(1).default(1000).describe("at a time, each listener; beyond: 421"),
    connectionsPerClient: z.int().min(1).default(100).describe("at a time, of one address"),
    connectionsPerMinute: perMinute.describe(
      "of one IPv4 address or IPv6 /64 at a listener; beyond: 421; 0: any number",
    ),
    messagesPerMinute: perMinute.describe("of one client; beyond: 450; 0: any number"),
    recipientsPerMinute: perMinute.describe("of one client; beyond: 450; 0: any number"),
    loginsPerMinute: perMinute.describe("AUTH of one client; beyond: 454; 0: any number"),
    rateExceptions: z
      .array(network)
      .optional()
      .describe(
        "clients without limits per minute; left out: loopback and the listener's relayNetworks where they are set",
      ),
    messageSize: size.prefault("50MB").describe("larger messages: 552"),
    headerSize: size.prefault("1MB").describe("larger headers: 552"),
    headerFields: z.int().min(1).default(1000).describe("more fields: 552"),
    lineLength: z
      .int()
      .min(78)
      .default(998)
      .describe("octets of a line of a message, without its CRLF"),
    recipients: z.int().min(1).default(1000).describe("of a message; beyond: 452"),
    commandsPerSession: z
      .int()
      .min(10)
      .default(10_000)
      .describe("since the last message that was taken; beyond: 421"),
    errorsPerSession: z.int().min(1).default(20).describe("beyond: 421"),
    commandTimeout: duration.prefault("5m").describe("between two commands of a client"),
    dataTimeout: duration.prefault("10m").describe("for a whole message"),
    spillSize: size.prefault("1MB").describe("larger messages go to a temporary file"),
    memory: size
      .prefault("256MB")
      .describe(
        "octets of messages, uploads and milter packets held in memory by one process; beyond: 452, 503",
      ),
  })
  .prefault({})
  .describe("bounds; beyond them the answer is 4xx or 5xx");
