import { writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Config, type ConfigInput, configSchema } from "@mailseal/config";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, formatZoneLine, keyRecordName } from "@mailseal/dns-record";
import {
  ConfigReloader,
  countLocally,
  createLog,
  policyOf,
  type ProcessStatistics,
  Totals,
} from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { Relay } from "../../src/relay.ts";
import { WebServer } from "../../src/web/web-server.ts";
import { afterThisTest } from "./relay-under-test.ts";

export interface ServedRelay {
  readonly url: string;
  readonly totals: Totals;
  readonly counting: ProcessStatistics;
  /** The last message that the next hop received. */
  readonly lastTaken: () => string;
  /** Resolves to the reply to the message. */
  readonly send: (direction: "outbound" | "inbound", message: string) => Promise<string>;
}

export interface ServedOptions {
  readonly tokenFile?: string;
  readonly web?: string;
  readonly config?: Partial<ConfigInput>;
  readonly now?: () => number;
}

const silent = createLog({ level: "silent", format: "json" }, process.stdout);

/** A relay that signs for example.com and verifies by its own zone, with its page; stopped after the test. */
export async function serveRelay(options: ServedOptions = {}): Promise<ServedRelay> {
  const sink = await SmtpSink.start();
  afterThisTest(() => sink.close());
  const config = await configFor(sink.port, options);
  const totals = await Totals.open(config.statistics, silent, options.now, options.now);
  const counting = countLocally(config, totals);
  const open = () => policyOf(config, () => undefined, counting);
  const relay = await Relay.start(await open(), { log: silent, traffic: counting.traffic });
  afterThisTest(() => relay.stop(0));
  const control = new ConfigReloader({
    atStart: config,
    load: open,
    use: (policy) => relay.reload(policy),
  });
  const web = await WebServer.start({
    listen: config.admin.web ?? "",
    tokenFile: options.tokenFile,
    control,
    totals,
  });
  afterThisTest(() => web.stop());
  const [outbound, inbound] = relay.addresses.map((address) =>
    "port" in address ? address.port : 0,
  );
  return {
    url: web.url,
    totals,
    counting,
    lastTaken: () => sink.messages.at(-1)?.bytes.toString("latin1") ?? "",
    send: async (direction, message) => {
      const { message: reply } = await submit({
        port: (direction === "outbound" ? outbound : inbound) ?? 0,
        mailFrom: "<ada@example.com>",
        rcptTo: ["<zoe@example.net>"],
        message: Buffer.from(message, "latin1"),
      });
      return reply ?? "";
    },
  };
}

async function configFor(nextHopPort: number, { web, config }: ServedOptions): Promise<Config> {
  const directory = temporaryDirectory("test");
  const key = generateKey({ type: "ed25519" });
  await mkdir(join(directory, "example.com"));
  await writeFile(join(directory, "example.com", "s1.key"), key.toPem(), { mode: 0o600 });
  const zone = join(directory, "zone");
  const record = formatKeyRecord(key.publicKey);
  await writeFile(zone, `${formatZoneLine(keyRecordName("s1", "example.com"), record)}\n`);
  return configSchema.parse({
    hostname: "relay.test",
    dns: { zone },
    signing: { selector: "s1", key: join(directory, "%{d}", "%{s}.key") },
    domains: { "example.com": {} },
    bindings: { out: { nextHop: { host: "127.0.0.1", port: nextHopPort, tls: "never" } } },
    defaultBinding: "out",
    listeners: [
      { protocol: "smtp", listen: "127.0.0.1:0", direction: "outbound" },
      { protocol: "smtp", listen: "127.0.0.1:0", direction: "inbound", lineEndings: "fix" },
    ],
    admin: { web: web ?? "127.0.0.1:0" },
    ...config,
  });
}

export const mail =
  "From: ada@example.com\r\nTo: zoe@example.net\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";

/** An admin token. */
export const token = "0123456789abcdef0123";

/** A file with a token, as `admin.tokenFile` names one. */
export function tokenFile(content: string = token): string {
  const file = join(temporaryDirectory("test"), "token");
  writeFileSync(file, `${content}\n`, { mode: 0o600 });
  return file;
}
