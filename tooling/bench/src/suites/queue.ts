import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Postfix } from "@mailseal/testkit/postfix";
import { queueLoad, QueuePrograms } from "../mail/queue-programs.ts";
import { CountingSink, sendWithSmtpSource } from "../mail/smtp-programs.ts";
import type { Measurement, Suite } from "../measuring/measurement.ts";

/** Target: 1.5 times the rate of Postfix's own queue, on the same disk, with the same clients and sink. */
const floor = 1.5;

export const queueSuite: Suite = queueSuiteOf("queue", 20_000);
export const queueMillionSuite: Suite = queueSuiteOf("queue-million", 1_000_000);

function queueSuiteOf(name: string, messages: number): Suite {
  return {
    name,
    description: `${messages.toLocaleString("en")} messages of 2 KB: smtp-source, relay, embedded queue, 2 workers, smtp-sink`,
    async run({ quick }) {
      const count = quick ? 200 : messages;
      const fsyncs = fsyncRate();
      const ours = await throughMailseal(count);
      // The rate of Postfix does not depend on the number of messages, and a million take it an hour.
      const theirs = await throughPostfix(Math.min(count, 20_000));
      return [
        row("Postfix's queue", ours.rate, theirs, floor),
        row("writes of 2 KB with fsync", ours.rate, fsyncs, 0),
        ...ours.memory,
      ];
    },
  };
}

function row(against: string, ours: number, theirs: number, wanted: number): Measurement {
  const ratio = ours / theirs;
  return {
    name: "messages delivered per second",
    against,
    ours,
    theirs,
    unit: "/s",
    ratio,
    floor: wanted,
  };
}

interface Run {
  readonly rate: number;
  readonly memory: readonly Measurement[];
}

async function throughMailseal(messages: number): Promise<Run> {
  const sink = await CountingSink.start();
  const programs = await QueuePrograms.open(sink.port);
  try {
    await programs.startRelay();
    await programs.startWorkers();
    const rate = await rateOf(programs.relayPort, messages, sink);
    return { rate, memory: programs.memory() };
  } finally {
    await programs.close();
    await sink.server.stop();
  }
}

async function throughPostfix(messages: number): Promise<number> {
  const sink = await CountingSink.start();
  // Otherwise Postfix slows its clients down while its queue grows.
  const postfix = await Postfix.start({ nextHopPort: sink.port, main: { in_flow_delay: "0" } });
  try {
    return await rateOf(postfix.smtpPort, messages, sink);
  } finally {
    await postfix.stop();
    await sink.server.stop();
  }
}

async function rateOf(port: number, messages: number, sink: CountingSink): Promise<number> {
  const startMs = performance.now();
  await Promise.all([sendWithSmtpSource({ port, messages, ...queueLoad }), sink.until(messages)]);
  return (messages * 1000) / (performance.now() - startMs);
}

function fsyncRate(): number {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-fsync-"));
  const descriptor = openSync(join(directory, "raw"), "w");
  const bytes = Buffer.alloc(queueLoad.message, "x");
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
