import { messages, temporaryFile } from "../fixtures.ts";
import { type MailPath, MailPaths, pathsMissing } from "../mail/mail-paths.ts";
import { latencies, percentile } from "../mail/smtp-load.ts";
import { sendWithSmtpSource } from "../mail/smtp-programs.ts";
import { type Measurement, median, type Suite, timeOf } from "../measuring/measurement.ts";
import { peakMb, residentMb } from "../measuring/resident-memory.ts";
import { workload } from "../workload.ts";

const connections = 20;
const large = { messages: 20, bytes: 50 * 1000 * 1000, budgetMb: 300 };

export const relaySuite: Suite = {
  name: "relay",
  description:
    "mail through whole servers, RSA-2048, 20 connections: messages per second delivered to the next hop, and latency from MAIL to 250",
  async run({ quick }) {
    const missing = pathsMissing();
    if (missing !== undefined) {
      console.error(`bench relay: skipped: ${missing}`);
      return [];
    }
    const paths = new MailPaths();
    try {
      const compared: ComparedPaths = {
        direct: await paths.direct(),
        relay: await paths.relay(),
        milter: await paths.milter(),
        openDkim: await paths.openDkim(),
      };
      return [
        ...(await comparison("2 KB", messages["2 KB"].bytes, compared, {
          rounds: quick ? 2 : 5,
          count: quick ? 100 : 2000,
        })),
        ...(await comparison("50 KB", workload("50 KB", 50 * 1024).bytes, compared, {
          rounds: quick ? 2 : 5,
          count: quick ? 40 : 600,
        })),
        memory(compared),
        ...(quick
          ? []
          : [await largeMessages(await paths.relay({ limits: { messageSize: "60MB" } }))]),
      ];
    } finally {
      await paths.stop();
    }
  },
};

interface ComparedPaths {
  readonly direct: MailPath;
  readonly relay: MailPath;
  readonly milter: MailPath;
  readonly openDkim: MailPath;
}

interface Extent {
  readonly rounds: number;
  /** How many messages each path carries in a round. */
  readonly count: number;
}

interface Speed {
  readonly rates: number[];
  readonly times: number[];
}

async function comparison(
  size: string,
  message: Uint8Array,
  compared: ComparedPaths,
  { rounds, count }: Extent,
): Promise<readonly Measurement[]> {
  const speeds = new Map<MailPath, Speed>();
  for (const path of Object.values(compared)) {
    speeds.set(path, { rates: [], times: [] });
    await rateOf(path, size, message, Math.ceil(count / 5));
  }
  for (let round = 0; round < rounds; round++) {
    for (const [path, { rates, times }] of speeds) {
      rates.push(await rateOf(path, size, message, count));
      const before = path.sink.taken;
      const load = { port: path.port, messages: count, connections, message: Buffer.from(message) };
      times.push(...(await latencies(load)));
      await path.sink.until(before + count);
    }
  }
  const { direct, relay, milter, openDkim } = compared;
  const speedOf = (path: MailPath): Speed => speeds.get(path) ?? { rates: [], times: [] };
  return [
    rateRatio(`relay, ${size}`, speedOf(relay), openDkim.name, speedOf(openDkim), 2),
    rateRatio(`milter, ${size}`, speedOf(milter), openDkim.name, speedOf(openDkim), 0),
    rateRatio(`relay, ${size}`, speedOf(relay), direct.name, speedOf(direct), 0),
    ...[50, 99].flatMap((percent) => [
      latency(`relay, ${size}`, percent, speedOf(relay), openDkim.name, speedOf(openDkim)),
      latency(`milter, ${size}`, percent, speedOf(milter), openDkim.name, speedOf(openDkim)),
    ]),
  ];
}

/** Waits until the sink has received all messages: a message in a queue is not delivered. */
async function rateOf(
  path: MailPath,
  size: string,
  message: Uint8Array,
  count: number,
): Promise<number> {
  // smtp-source writes CRLF itself.
  const lines = Buffer.from(message).toString("latin1").replaceAll("\r\n", "\n");
  const messageFile = temporaryFile(`load ${size}.eml`, Buffer.from(lines, "latin1"));
  const before = path.sink.taken;
  const ms = await timeOf(async () => {
    await sendWithSmtpSource({
      port: path.port,
      messages: count,
      connections,
      message: messageFile,
    });
    await path.sink.until(before + count);
  });
  return (count * 1000) / ms;
}

function rateRatio(
  name: string,
  ours: Speed,
  against: string,
  theirs: Speed,
  floor: number,
): Measurement {
  return {
    name,
    against,
    ours: median(ours.rates),
    theirs: median(theirs.rates),
    unit: "/s",
    ratio: median(ours.rates.map((rate, round) => rate / (theirs.rates[round] ?? Number.NaN))),
    floor,
  };
}

function latency(
  name: string,
  percent: number,
  ours: Speed,
  against: string,
  theirs: Speed,
): Measurement {
  const [our, their] = [percentile(ours.times, percent), percentile(theirs.times, percent)];
  return {
    name: `${name}, p${percent}`,
    against,
    ours: our,
    theirs: their,
    unit: "ms",
    ratio: their / our,
    floor: 0,
  };
}

function memory({ relay, openDkim }: ComparedPaths): Measurement {
  const [ours, theirs] = [relay, openDkim].map(({ signer }) =>
    signer?.process.pid === undefined ? Number.NaN : residentMb(signer.process.pid),
  ) as [number, number];
  return {
    name: "relay, resident memory of all its processes",
    against: "opendkim",
    ours,
    theirs,
    unit: "MB",
    ratio: theirs / ours,
    floor: 0,
  };
}

/** Twenty messages at a time, each about as large as the default limit allows. */
async function largeMessages({ port, signer }: MailPath): Promise<Measurement> {
  const message = workload("50 MB", large.bytes).bytes;
  const load = { port, messages: large.messages, connections: large.messages };
  const ours = await peakMb(signer?.process.pid ?? 0, () =>
    latencies({ ...load, message: Buffer.from(message) }),
  );
  return {
    name: `relay, ${large.messages} messages of 50 MB at once, peak memory`,
    against: `at most ${large.budgetMb} MB`,
    ours,
    theirs: large.budgetMb,
    unit: "MB",
    ratio: large.budgetMb / ours,
    floor: 1,
  };
}
