import { z } from "zod";
import { duration, size } from "./values.ts";

/** Where accepted mail is stored until it is delivered. */

const nats = z
  .strictObject({
    servers: z.array(z.string()).min(1).describe("as in nats://10.0.0.1:4222"),
    name: z.string().default("mailseal").describe("of the streams"),
    replicas: z.int().min(1).max(5).default(1).describe("copies of every message"),
    durability: z
      .enum(["checked", "sync-always", "os-buffered"])
      .default("checked")
      .describe(
        "what 250 is worth; checked: 3 replicas or sync_interval: always, read by monitor; os-buffered: lost with the power",
      ),
    monitor: z
      .array(z.string().regex(/^(?:https?|nats|tls):\/\//))
      .default([])
      .describe("where servers tell sync_interval: http://HOST:8222, or nats:// of a system user"),
    reserve: size
      .prefault("8MB")
      .describe("kept for ending what is queued when the servers are full; fixed at creation"),
    user: z.string().optional().describe("who connects"),
    password: z.string().optional().describe("best given as ${NAME}"),
    token: z.string().optional().describe("in place of user and password"),
  })
  .describe("NATS JetStream, for many machines");

const highWater = z
  .strictObject({
    depth: z.int().min(1).default(2_000_000).describe("messages"),
    bytes: size.prefault("50GB").describe("of their bodies"),
    age: duration.prefault("0s").describe("of the oldest message; 0: any"),
    diskFree: size.prefault("256MB").describe("that must be left on the disk"),
  })
  .prefault({})
  .describe("beyond these, mail is answered with 452");

/** The queue of listeners with `mode: queue`. */
export const queue = z.strictObject({
  file: z.string().optional().describe("one SQLite file, with no server"),
  nats: nats.optional(),
  resendWindow: duration
    .prefault("1h")
    .describe(
      "how long a message is known whose client left without a word after 250: sent again by it, it is not queued twice; 0: never",
    ),
  highWater,
});
