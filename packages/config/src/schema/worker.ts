import { z } from "zod";
import { filePath } from "./option-kinds.ts";
import { domainPattern, duration, listenAddress, size } from "./values.ts";

/** How `mailseal-worker` delivers queued mail, serves jobs and rotates keys. */

const limitShape = {
  concurrency: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe("simultaneous deliveries by each worker"),
  perMinute: z.int().min(1).optional().describe("deliveries that each worker starts per minute"),
};

const jobs = z
  .strictObject({
    listen: listenAddress
      .optional()
      .describe("address of the HTTP server for /v1/sign, /v1/verify and /v1/batch; default: none"),
    tokenFile: filePath
      .optional()
      .describe(
        "file with the bearer token, of at least 16 characters; required unless listen is a loopback address or a unix socket",
      ),
    subject: z
      .string()
      .optional()
      .describe("serve jobs from the NATS subjects SUBJECT.sign and SUBJECT.verify"),
    messageSize: size.prefault("50MB").describe("largest message; larger ones get 413"),
    concurrency: z.int().min(1).default(16).describe("simultaneous jobs; more get 503"),
    uploadTimeout: duration
      .prefault("1m")
      .describe("time to upload a message; after that the answer is 408"),
  })
  .prefault({})
  .describe("signing and verifying for other programs, over HTTP or NATS");

/** Keys that are changed by `mailseal-worker`. */
export const rotation = z.strictObject({
  journal: filePath.describe("journal of the rotations: the --state file of mailseal rotate start"),
  interval: duration.prefault("1m").describe("how often to check for due steps"),
});

const bounces = z
  .strictObject({
    gather: duration
      .prefault("1m")
      .describe(
        "time to collect the failures of a message with several destinations into one bounce; for older mail a tenth of its age, up to 1h",
      ),
    returned: z
      .enum(["headers", "full"])
      .default("headers")
      .describe(
        "part of the message that a bounce returns. full: the whole message, if the sender asked with RET=FULL, it has one destination, and it is no larger than returnSize",
      ),
    automatic: z
      .enum(["off", "on"])
      .default("off")
      .describe(
        "on: also send bounces for mail with Auto-Submitted, with Precedence bulk, list or junk, or with List- fields. For senders who process the bounces of their lists",
      ),
  })
  .prefault({})
  .describe("bounces for mail that fails; listeners and bindings can turn them off");

/** `mailseal-worker`. */
export const worker = z
  .strictObject({
    admin: listenAddress
      .default("unix:/run/mailseal/worker.sock")
      .describe(
        "address of the HTTP endpoint for health, statistics, /metrics and reload; a loopback address or a unix socket",
      ),
    concurrency: z.int().min(1).max(10_000).default(500).describe("simultaneous deliveries"),
    destinationConcurrency: z
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .describe("simultaneous deliveries to one destination"),
    retry: z
      .array(duration)
      .min(1)
      .prefault(["5m", "15m", "30m", "1h", "2h", "4h"])
      .describe("times between delivery attempts; the last one repeats"),
    jitter: z
      .number()
      .min(0)
      .max(0.9)
      .default(0.1)
      .describe("random part of the time between attempts, so that retries spread out"),
    expiry: duration
      .prefault("5d")
      .describe("age at which undelivered mail is returned to its sender"),
    delayWarning: duration
      .prefault("4h")
      .describe("age at which the sender of undelivered mail is notified once; 0: never"),
    deadLetterAge: duration
      .prefault("30d")
      .describe(
        "time for which dead letters are kept; then each is removed and logged. 0: forever",
      ),
    destinations: z
      .record(domainPattern, z.strictObject(limitShape))
      .prefault({})
      .describe("limits by recipient domain; the longest match applies"),
    bindings: z
      .record(z.string(), z.strictObject(limitShape))
      .prefault({})
      .describe("limits by binding, for all its destinations together"),
    port: z.int().min(1).max(65_535).default(25).describe("port of MX hosts"),
    tls: z
      .enum(["never", "opportunistic", "required"])
      .default("opportunistic")
      .describe("TLS to MX hosts; certificates are verified if MTA-STS demands it"),
    mtaSts: z.boolean().default(true).describe("enforce the MTA-STS policies of recipient domains"),
    addressFamily: z
      .enum(["any", "ipv4", "ipv6"])
      .default("any")
      .describe("IP version for connections to MX hosts"),
    addressLiterals: z
      .boolean()
      .default(false)
      .describe("deliver to address literals such as user@[192.0.2.1]"),
    connectTimeout: duration
      .prefault("30s")
      .describe("time to wait for the greeting of an MX host"),
    commandTimeout: duration.prefault("5m").describe("time to wait for each reply of an MX host"),
    bounces,
    returnSize: size.prefault("1MB").describe("bounces return only the header of larger messages"),
    jobs,
  })
  .prefault({})
  .describe("delivery of queued mail");
