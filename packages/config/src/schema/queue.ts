import { z } from "zod";
import { filePath, secretText, serverAddress, serverUrl } from "./option-kinds.ts";
import { duration, size } from "./values.ts";

/** Where accepted mail is stored until it is delivered. */

const nats = z
  .strictObject({
    servers: z
      .array(serverAddress)
      .min(1)
      .describe("server URLs, for example nats://10.0.0.1:4222"),
    name: z.string().default("mailseal").describe("prefix of the names of the streams"),
    replicas: z
      .int()
      .min(1)
      .max(5)
      .default(1)
      .describe("copies of each message, on different servers; use 3 to survive the loss of one"),
    durability: z
      .enum(["checked", "sync-always", "os-buffered"])
      .default("checked")
      .describe(
        "what a 250 guarantees. checked: verify that there are 3 replicas, or that monitor reports sync_interval: always; sync-always: the servers have that setting; os-buffered: a power failure may lose accepted mail",
      ),
    monitor: z
      .array(serverUrl(/^(?:https?|nats|tls):\/\//))
      .default([])
      .describe(
        "where to read the sync_interval of the servers: http://HOST:8222, or a nats:// URL with a system user",
      ),
    reserve: size
      .prefault("8MB")
      .describe(
        "storage reserved for settling queued mail when the servers are full; fixed when the streams are created",
      ),
    user: z.string().optional().describe("user name"),
    password: secretText
      .optional()
      .describe("password; write ${NAME} to read it from the environment"),
    token: secretText.optional().describe("token, instead of user and password"),
  })
  .describe("NATS JetStream, for a queue that several machines share");

const highWater = z
  .strictObject({
    depth: z.int().min(1).default(2_000_000).describe("most messages in the queue"),
    bytes: size.prefault("50GB").describe("most octets of message bodies in the queue"),
    age: duration.prefault("0s").describe("greatest age of the oldest message; 0: no limit"),
    diskFree: size.prefault("256MB").describe("least free space on the disk"),
  })
  .prefault({})
  .describe("limits at which listeners stop accepting mail and answer 452");

/** The queue of listeners with `mode: queue`. */
export const queue = z.strictObject({
  file: filePath.optional().describe("SQLite file, for a queue on one machine without a server"),
  nats: nats.optional(),
  resendWindow: duration
    .prefault("1h")
    .describe(
      "time in which a message that a client sends again, because it missed our 250, is recognized and not queued twice; 0: never recognized",
    ),
  highWater,
});
