import { z } from "zod";
import { domainPattern, duration, listenAddress, size } from "./values.ts";

/** How `mailseal-worker` delivers queued mail, serves jobs and rotates keys. */

const limitShape = {
  concurrency: z.int().min(1).max(1000).optional().describe("deliveries at a time, each worker"),
  perMinute: z.int().min(1).optional().describe("deliveries begun in a minute, each worker"),
};

const jobs = z
  .strictObject({
    listen: listenAddress.optional().describe("HTTP: /v1/sign, /v1/verify, /v1/batch"),
    tokenFile: z.string().optional().describe("needed where it is not loopback or a unix socket"),
    subject: z.string().optional().describe("NATS subjects: SUBJECT.sign and SUBJECT.verify"),
    messageSize: size.prefault("50MB").describe("larger messages: 413"),
    concurrency: z.int().min(1).default(16).describe("at a time; beyond: 503"),
    uploadTimeout: duration.prefault("1m").describe("for a message to arrive; beyond: 408"),
  })
  .prefault({})
  .describe("signing and verifying beside mail");

/** Keys that are changed by `mailseal-worker`. */
export const rotation = z.strictObject({
  journal: z.string().describe("the --state file of mailseal rotate start"),
  interval: duration.prefault("1m").describe("how often it is looked for steps that are due"),
});

const bounces = z
  .strictObject({
    gather: duration
      .prefault("1m")
      .describe(
        "how long failures of a message with several destinations are gathered for one bounce; longer for older mail: a tenth of its age, up to 1h",
      ),
    returned: z
      .enum(["headers", "full"])
      .default("headers")
      .describe(
        "full: senders that ask with RET=FULL get their whole message back, if it has one destination and no more than returnSize",
      ),
    automatic: z
      .enum(["off", "on"])
      .default("off")
      .describe(
        "on: also of mail with Auto-Submitted, Precedence bulk, list or junk, or List- fields; for senders who read bounces of their lists",
      ),
  })
  .prefault({})
  .describe(
    "how senders are told of mail that fails; off for listeners and bindings by their own option",
  );

/** `mailseal-worker`. */
export const worker = z
  .strictObject({
    admin: listenAddress
      .default("unix:/run/mailseal/worker.sock")
      .describe("health, statistics, /metrics, reload; loopback or a unix socket"),
    concurrency: z.int().min(1).max(10_000).default(500).describe("deliveries at a time"),
    destinationConcurrency: z.int().min(1).max(1000).default(20).describe("to one destination"),
    retry: z
      .array(duration)
      .min(1)
      .prefault(["5m", "15m", "30m", "1h", "2h", "4h"])
      .describe("waits between attempts; the last is repeated"),
    jitter: z.number().min(0).max(0.9).default(0.1).describe("part of a wait that is random"),
    expiry: duration.prefault("5d").describe("then mail goes back to its sender"),
    delayWarning: duration.prefault("4h").describe("then its sender is told once; 0: never"),
    deadLetterAge: duration
      .prefault("30d")
      .describe(
        "how long a dead letter is kept, from when it became one; then it is removed, with a line in the log; 0: for ever",
      ),
    destinations: z
      .record(domainPattern, z.strictObject(limitShape))
      .prefault({})
      .describe("limits by recipient domain; the longest match holds"),
    bindings: z
      .record(z.string(), z.strictObject(limitShape))
      .prefault({})
      .describe("limits by binding, over all its destinations"),
    port: z.int().min(1).max(65_535).default(25).describe("of MX hosts"),
    tls: z
      .enum(["never", "opportunistic", "required"])
      .default("opportunistic")
      .describe("to MX hosts; certificates are checked where MTA-STS says so"),
    mtaSts: z.boolean().default(true).describe("keep to what recipient domains enforce by MTA-STS"),
    addressFamily: z.enum(["any", "ipv4", "ipv6"]).default("any").describe("of MX hosts"),
    addressLiterals: z.boolean().default(false).describe("deliver to user@[192.0.2.1]"),
    connectTimeout: duration.prefault("30s").describe("until an MX host has greeted us"),
    commandTimeout: duration.prefault("5m").describe("for each of its answers"),
    bounces,
    returnSize: size.prefault("1MB").describe("larger messages come back as their header only"),
    jobs,
  })
  .prefault({})
  .describe("delivery from the queue");
