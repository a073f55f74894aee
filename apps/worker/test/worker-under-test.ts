import { join } from "node:path";
import { type Config, type ConfigInput, configSchema } from "@mailseal/config";
import { generateKey, type PrivateKey } from "@mailseal/crypto";
import type { MailResolver } from "@mailseal/delivery";
import {
  formatKeyRecord,
  type KeySource,
  keySource,
  staticResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import type { Pipeline } from "@mailseal/policy";
import {
  type EmbeddedQueueOptions,
  type Envelope,
  type NewMessage,
  openQueue,
  type Queue,
} from "@mailseal/queue";
import { policyOf, type Traffic } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { SmtpSink, type SmtpSinkOptions } from "@mailseal/testkit/smtp-sink";
import { onTestFinished } from "vitest";
import { Worker } from "../src/worker.ts";
import { type CollectedLog, collectedLog, type LogLine } from "./collected-log.ts";

export const testKey: PrivateKey = generateKey({ type: "ed25519" });

/** Finds the public key of `testKey` under the selector s1 of a domain. */
export function testKeys(domain: string): KeySource {
  const record = [formatKeyRecord(testKey.publicKey)];
  return keySource(staticResolver(zoneFromJson({ [`s1._domainkey.${domain}`]: record })));
}

/** The MX of every domain is at 127.0.0.1, except of `*.absent.example` and `*.servfail.example`. */
const loopbackResolver: MailResolver = {
  mx: async (domain) => {
    if (domain.endsWith("servfail.example")) throw new Error("SERVFAIL");
    return domain.endsWith("absent.example") ? "absent" : [{ preference: 10, host: "mx.test" }];
  },
  addresses: async (host) => (host === "mx.test" ? ["127.0.0.1"] : "absent"),
  text: async () => "absent",
};

export async function startSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await SmtpSink.start(options);
  onTestFinished(() => sink.close());
  return sink;
}

export interface TestWorker {
  readonly worker: Worker;
  readonly queue: Queue;
  readonly config: Config;
  readonly log: () => readonly LogLine[];
  readonly logged: CollectedLog["logged"];
}

export interface TestWorkerOptions {
  readonly port: number;
  readonly worker?: Record<string, unknown>;
  readonly config?: Partial<ConfigInput>;
  readonly queue?: Queue;
  readonly pipeline?: Pipeline;
  readonly resolver?: MailResolver;
  readonly traffic?: Pick<Traffic, "settled">;
  readonly now?: () => number;
  /** Default: `now`, so that moving it is as if time had passed. */
  readonly elapsedMs?: () => number;
}

export async function openTestQueue(
  now: () => number = Date.now,
  elapsedMs: () => number = now,
  settings: Partial<EmbeddedQueueOptions> = {},
): Promise<Queue> {
  const queue = await openQueue({
    file: join(temporaryDirectory("test"), "queue.db"),
    pollMs: 10,
    clock: now,
    elapsedMs,
    ...settings,
  });
  onTestFinished(() => queue.close());
  return queue;
}

function testConfig({ port, worker, config }: TestWorkerOptions): Config {
  return configSchema.parse({
    hostname: "us.test",
    signing: { sign: false },
    worker: { port, retry: ["50ms"], delayWarning: 0, ...worker },
    ...config,
  });
}

export async function startWorker(options: TestWorkerOptions): Promise<TestWorker> {
  const now = options.now ?? Date.now;
  const elapsedMs = options.elapsedMs ?? options.now ?? ((): number => performance.now());
  const queue = options.queue ?? (await openTestQueue(now, elapsedMs));
  const config = testConfig(options);
  const { log, lines, logged } = collectedLog();
  const policy = await policyOf(config, () => undefined);
  const worker = new Worker(
    options.pipeline === undefined ? policy : { ...policy, pipeline: options.pipeline },
    {
      queue,
      resolver: options.resolver ?? loopbackResolver,
      log,
      now,
      elapsedMs,
      random: () => 0.5,
      ...(options.traffic === undefined ? {} : { traffic: options.traffic }),
    },
  );
  onTestFinished(() => worker.stop(0));
  return {
    worker,
    queue,
    config,
    log: () => lines,
    logged,
  };
}

export const content: Buffer = Buffer.from(
  "From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n",
);

/** A message that was queued a moment ago. */
export function mailTo(
  addresses: readonly string[],
  changes: Partial<Omit<NewMessage, "envelope" | "destinations">> & {
    readonly envelope?: Partial<Envelope>;
    readonly route?: string;
  } = {},
): NewMessage {
  const [first = ""] = addresses;
  const { envelope: changed = {}, route = `mx ${first.slice(first.indexOf("@") + 1)}` } = changes;
  const { recipients = addresses.map((address) => ({ address })), ...envelope } = changed;
  return {
    context:
      changes.context ??
      new Map([
        ["ascii", "true"],
        ["asciiHeader", "true"],
      ]),
    ...(changes.firstSeenMs !== undefined && { firstSeenMs: changes.firstSeenMs }),
    envelope: { from: "joe@sender.example", ...envelope },
    destinations: [{ route, recipients }],
  };
}
