import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Postfix } from "@mailseal/testkit/postfix";
import { Children } from "./children.ts";
import type { Measurement, Suite } from "./measurement.ts";

/** 1.5 times Postfix's own queue, on the same disk, with the same clients and the same sink. */
const FLOOR = 1.5;
const SIZE_BYTES = 2048;
const SESSIONS = 50;
const MAXIMUM_RESIDENT_MB = 400;

export const queueSuite: Suite = queueSuiteOf("queue", 20_000);
/** Takes long: asked for by its name only. */
export const queueMillionSuite: Suite = queueSuiteOf("queue-million", 1_000_000);

function queueSuiteOf(name: string, messages: number): Suite {
  return {
    name,
    description: `${messages.toLocaleString("en")} messages of 2 KB: smtp-source, relay, embedded queue, 2 workers, smtp-sink`,
    async run({ quick }) {
      const count = quick ? 200 : messages;
      const fsyncs = fsyncRate();
      const ours = await throughMailseal(count);
      // Postfix's rate does not change with the number, and a million takes it an hour.
      const theirs = await throughPostfix(Math.min(count, 20_000));
      return [
        row("delivered in a second", "Postfix's queue", ours.rate, theirs, FLOOR),
        row("delivered in a second", "writes of 2 KB with fsync", ours.rate, fsyncs, 0),
        ...ours.residentMb.map(({ program, megabytes }): Measurement => ({
          name: `resident, ${program}`,
          against: "the limit",
          ours: megabytes,
          theirs: MAXIMUM_RESIDENT_MB,
          unit: "MB",
          ratio: MAXIMUM_RESIDENT_MB / megabytes,
          floor: 1,
        })),
      ];
    },
  };
}

function row(
  name: string,
  against: string,
  ours: number,
  theirs: number,
  floor: number,
): Measurement {
  return { name, against, ours, theirs, unit: "/s", ratio: ours / theirs, floor };
}

interface Run {
  readonly rate: number;
  readonly residentMb: readonly { readonly program: string; readonly megabytes: number }[];
}

async function throughMailseal(messages: number): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-bench-"));
  const children = new Children();
  try {
    const [relayPort, sinkPort] = [await freePort(), await freePort()];
    const configOf = (admin: string): string => {
      const file = join(directory, `${admin}.yaml`);
      writeFileSync(file, JSON.stringify(config(directory, relayPort, sinkPort, admin)));
      return file;
    };
    const sink = children.start("smtp-sink", sinkArguments(sinkPort));
    const delivered = counted(sink, messages);
    const programs = [
      { program: "relay", file: configOf("relay"), ready: /serving/ },
      { program: "worker 1", file: configOf("one"), ready: /delivering/ },
      { program: "worker 2", file: configOf("two"), ready: /delivering/ },
    ].map(({ program, file, ready }) => {
      const app = program.split(" ", 1)[0] ?? "";
      const path = new URL(`../../../apps/${app}/bin/mailseal-${app}.js`, import.meta.url);
      const child = children.start(process.execPath, [fileURLToPath(path), "--config", file]);
      return { program, child, ready };
    });
    await Promise.all(programs.map(({ child, ready }) => lineOf(child, ready)));
    const startMs = performance.now();
    children.start("smtp-source", sourceArguments(relayPort, messages));
    await delivered;
    const rate = (messages * 1000) / (performance.now() - startMs);
    const residentMb = programs.map(({ program, child }) => ({
      program,
      megabytes: peakResidentMb(child),
    }));
    return { rate, residentMb };
  } finally {
    await children.end();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function throughPostfix(messages: number): Promise<number> {
  const children = new Children();
  const sinkPort = await freePort();
  const sink = children.start("smtp-sink", sinkArguments(sinkPort));
  const delivered = counted(sink, messages);
  // It would hold its clients back a second when its queue grows.
  const postfix = await Postfix.start({ nextHopPort: sinkPort, main: { in_flow_delay: "0" } });
  try {
    const startMs = performance.now();
    children.start("smtp-source", sourceArguments(postfix.smtpPort, messages));
    await delivered;
    return (messages * 1000) / (performance.now() - startMs);
  } finally {
    await children.end();
    await postfix.stop();
  }
}

/** No signing: it is the queue that is compared. */
function config(directory: string, relayPort: number, sinkPort: number, admin: string): unknown {
  return {
    hostname: "mx.test",
    signing: { sign: false },
    log: { level: "info" },
    bindings: { out: { nextHop: { host: "127.0.0.1", port: sinkPort, tls: "never" } } },
    defaultBinding: "out",
    listeners: [
      {
        protocol: "smtp",
        listen: `127.0.0.1:${relayPort}`,
        direction: "outbound",
        mode: "queue",
      },
    ],
    queue: { file: join(directory, "queue.db") },
    admin: { listen: `unix:${join(directory, `${admin}.sock`)}` },
    worker: { admin: `unix:${join(directory, `${admin}-worker.sock`)}` },
  };
}

function sourceArguments(port: number, messages: number): readonly string[] {
  const counts = ["-s", String(SESSIONS), "-m", String(messages), "-l", String(SIZE_BYTES)];
  const addresses = ["-f", "joe@example.com", "-t", "ann@example.net"];
  return ["-d", ...counts, ...addresses, `127.0.0.1:${port}`];
}

function sinkArguments(port: number): readonly string[] {
  // It refuses to be root.
  const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  return [...user, "-c", `127.0.0.1:${port}`, "1000"];
}

/** Resolves when the sink has shown that number; its counter goes on in one line, with carriage returns. */
function counted(sink: ChildProcess, messages: number): Promise<void> {
  const shown = new Promise<void>((resolve, reject) => {
    sink.stdout?.on("data", (chunk: Buffer) => {
      const numbers = chunk.toString().match(/\d+/g) ?? [];
      if (numbers.some((number) => Number(number) >= messages)) resolve();
    });
    sink.on("exit", () => reject(new Error("smtp-sink ended before all messages came")));
  });
  // It is awaited later.
  shown.catch(() => undefined);
  return shown;
}

async function lineOf(child: ChildProcess, pattern: RegExp): Promise<void> {
  if (child.stdout === null) throw new Error("expected standard output as a pipe");
  const lines = createInterface(child.stdout);
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      if (pattern.test(line)) resolve();
    });
    child.on("exit", () => reject(new Error(`it ended before ${String(pattern)}`)));
  });
}

/** The most that it ever had, as Linux counts. */
function peakResidentMb({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}

function fsyncRate(): number {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-fsync-"));
  const descriptor = openSync(join(directory, "raw"), "w");
  const bytes = Buffer.alloc(SIZE_BYTES, "x");
  const startMs = performance.now();
  let count = 0;
  for (; performance.now() - startMs < 2000; count++) {
    writeSync(descriptor, bytes);
    fsyncSync(descriptor);
  }
  const rate = (count * 1000) / (performance.now() - startMs);
  closeSync(descriptor);
  rmSync(directory, { recursive: true });
  return rate;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
