import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, configSchema } from "@mailseal/config";
import { generateKeyAsync } from "@mailseal/crypto";
import { formatKeyRecord, formatZoneLine, keyRecordName } from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import {
  ConfigReloader,
  type Control,
  countLocally,
  createLog,
  policyOf,
  Totals,
  untilStopped,
} from "@mailseal/service";
import { packageFile } from "@mailseal/service/command-line";
import { printable } from "@mailseal/syntax";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { OpenPolicy } from "../generation.ts";
import { Relay, type RelayOptions } from "../relay.ts";
import { WebServer } from "../web/web-server.ts";
import { type SunkMessage, VerifyingSink } from "./verifying-sink.ts";

const domain = "example.com";
const usualPort = 2525;
/** The port that `mailseal stats` asks by default. */
const usualWebPort = 8025;
const stopDeadlineMs = 2000;
const sample = { from: `ada@${domain}`, to: "zoe@example.net" };

/** `mailseal-relay demo`: a relay and its next hop on this machine, with files in a directory that is removed at the end. */
export async function demo(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "mailseal-relay-demo-"));
  const log = createLog({ level: "warn", format: "text" }, process.stderr);
  const keys = await makeDemoKeys(directory).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    // The errors of a full disk name no file.
    throw error instanceof Error ? Object.assign(error, { path: directory }) : error;
  });
  const sink = await VerifyingSink.start(keys.zone, printVerdict);
  const zoneFile = join(directory, "zone");
  await writeFile(zoneFile, keys.zone);
  const configFor = (port: number): Config => demoConfig(keys, zoneFile, sink.port, port);
  const totals = await Totals.open(configFor(usualPort).statistics, log);
  const counting = countLocally(configFor(usualPort), totals);
  const open = (port: number): OpenPolicy => {
    return () => policyOf(configFor(port), () => undefined, counting);
  };
  const { relay, port, config } = await startedNear(usualPort, open, {
    log,
    traffic: counting.traffic,
  });
  const control = new ConfigReloader({
    atStart: config,
    load: open(port),
    use: (policy) => relay.reload(policy),
    report: { log, program: "mailseal-relay demo", readAtStart: () => ({}) },
  });
  const web = await webNear(usualWebPort, control, totals);
  const stopped = Promise.race([untilStopped(control), outputEnded()]);
  try {
    say(`Keys and zone: ${directory}`);
    say(
      `Relay:         127.0.0.1:${port}${port === usualPort ? "" : ` (${usualPort} is taken)`}, signs for ${domain}`,
    );
    say(`Page:          ${web.url}${isAt(web, usualWebPort) ? "" : ` (${usualWebPort} is taken)`}`);
    say(`Metrics:       ${web.url}metrics`);
    say(`Next hop:      127.0.0.1:${sink.port}, verifies each message\n`);
    const message = await readFile(packageFile(import.meta.url, "demo/message.eml"));
    say(`Sent a sample message; the relay replied: ${await sendSample(port, sample, message)}\n`);
    say("Send another message (press Ctrl-C to stop):");
    say(`  swaks --server 127.0.0.1:${port} --from ${sample.from} --to ${sample.to}\n`);
    await stopped;
  } finally {
    await web.stop();
    await control.stop();
    await relay.stop(stopDeadlineMs);
    await counting.close();
    await sink.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function demoConfig(keys: DemoKeys, zone: string, sinkPort: number, port: number): Config {
  return configSchema.parse({
    hostname: "relay.demo",
    dns: { zone },
    signing: {
      signatures: keys.selectors.map((selector) => ({ selector, key: keys.template })),
    },
    domains: { [domain]: {} },
    bindings: { demo: { nextHop: { host: "127.0.0.1", port: sinkPort, tls: "never" } } },
    defaultBinding: "demo",
    listeners: [{ protocol: "smtp", listen: `127.0.0.1:${port}`, direction: "outbound" }],
    admin: { web: `127.0.0.1:${usualWebPort}` },
  });
}

/** Listens on `port`, or on a free port if that is taken. */
async function webNear(port: number, control: Control, totals: Totals): Promise<WebServer> {
  try {
    return await WebServer.start({ listen: `127.0.0.1:${port}`, control, totals });
  } catch (error) {
    if (port !== 0 && error instanceof MailsealError && error.code === "listen") {
      return webNear(0, control, totals);
    }
    throw error;
  }
}

function isAt({ url }: WebServer, port: number): boolean {
  return new URL(url).port === String(port);
}

/** Listens on `port`, or on a free port if that is taken. */
async function startedNear(
  port: number,
  open: (port: number) => OpenPolicy,
  options: RelayOptions,
): Promise<{ relay: Relay; port: number; config: Awaited<ReturnType<OpenPolicy>>["config"] }> {
  const policy = await open(port)();
  try {
    const relay = await Relay.start(policy, options);
    const [address] = relay.addresses;
    const chosen = address !== undefined && "port" in address ? address.port : port;
    return { relay, port: chosen, config: policy.config };
  } catch (error) {
    if (port !== 0 && error instanceof MailsealError && error.code === "listen") {
      return startedNear(0, open, options);
    }
    throw error;
  }
}

interface DemoKeys {
  /** The path of the keys for the config, with %{d} and %{s}. */
  readonly template: string;
  /** Zone file lines that publish the keys. */
  readonly zone: string;
  readonly selectors: readonly string[];
}

/** Makes two keys under `directory`, and the zone that publishes them. */
async function makeDemoKeys(directory: string): Promise<DemoKeys> {
  const keys = [
    { selector: "rsa1", key: await generateKeyAsync({ type: "rsa" }) },
    { selector: "ed1", key: await generateKeyAsync({ type: "ed25519" }) },
  ];
  const folder = join(directory, domain);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { selector, key } of keys) {
    const file = join(folder, `${selector}.key`);
    await writeFile(file, key.toPem(), { mode: 0o600 });
    await chmod(file, 0o600);
  }
  const zone = keys.map(({ selector, key }) =>
    formatZoneLine(keyRecordName(selector, domain), formatKeyRecord(key.publicKey)),
  );
  return {
    template: join(directory, "%{d}", "%{s}.key"),
    zone: `${zone.join("\n")}\n`,
    selectors: keys.map(({ selector }) => selector),
  };
}

/** Sends one message to 127.0.0.1 and resolves to the server's reply. */
function sendSample(
  port: number,
  envelope: { readonly from: string; readonly to: string },
  message: Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = new SMTPConnection({ host: "127.0.0.1", port, ignoreTLS: true });
    connection.on("error", reject);
    connection.connect(() => {
      connection.send({ from: envelope.from, to: [envelope.to] }, message, (error, sent) => {
        connection.quit();
        if (error) {
          reject(error);
        } else {
          resolve(sent?.response ?? "");
        }
      });
    });
  });
}

function printVerdict({ from, recipients, bytes, report }: SunkMessage): void {
  const who = printable(`from <${from}> to ${recipients.map((it) => `<${it}>`).join(", ")}`);
  say(`The next hop received ${bytes.length} octets ${who}:`);
  if (report.signatures.length === 0) {
    say("  no signature");
  }
  for (const { result, domain: signer, selector, algorithm, reason } of report.signatures) {
    say(printable(`  ${result}: d=${signer} s=${selector} a=${algorithm} - ${reason}`));
  }
}

/** Nobody can see the demo any more: the reader of its output has closed the pipe, or the disk is full. */
function outputEnded(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
