import { messages, temporaryFile } from "../fixtures.ts";
import {
  type InspectedSigner,
  type MailPath,
  MailPaths,
  pathsMissing,
} from "../mail/mail-paths.ts";
import { sendWithSmtpSource } from "../mail/smtp-programs.ts";
import { InspectedProcess } from "../measuring/inspected-process.ts";
import { type Measurement, slope, type Suite } from "../measuring/measurement.ts";
import { processMb } from "../measuring/resident-memory.ts";

const defaultMessages = 200_000;
const segments = 10;
/** The most that a million messages may add to the heap; a leak of 100 octets per message adds 95 MB. */
const heapBudgetMb = 10;
const residentBudgetMb = 50;

/** Memory after so many messages. */
interface Sample {
  readonly messages: number;
  readonly liveMb: number;
  readonly residentMb: number;
}

/**
 * Shows whether memory grows with the number of messages. One relay process relays all of them: a fifth to warm up,
 * then ten segments. After each segment the garbage is collected (through the inspector) and memory is read. The growth
 * is the slope of the line through the ten samples (least squares), for a million messages.
 */
export const soakSuite: Suite = {
  name: "soak",
  description: "growth of the relay's memory with the number of messages relayed, 2 KB, RSA-2048",
  async run({ quick, messages: count = quick ? 2000 : defaultMessages }) {
    const missing = pathsMissing();
    if (missing !== undefined) {
      console.error(`bench soak: skipped: ${missing}`);
      return [];
    }
    const paths = new MailPaths();
    try {
      return await soaked(await paths.inspectedRelay(), count);
    } finally {
      await paths.stop();
    }
  },
};

async function soaked(
  path: MailPath & InspectedSigner,
  count: number,
): Promise<readonly Measurement[]> {
  const inspected = await InspectedProcess.connect(path.inspector);
  const lines = Buffer.from(messages["2 KB"].bytes).toString("latin1").replaceAll("\r\n", "\n");
  const messageFile = temporaryFile("soak.eml", Buffer.from(lines, "latin1"));
  const send = async (portion: number): Promise<Sample> => {
    const load = { port: path.port, messages: portion, connections: 20, message: messageFile };
    await sendWithSmtpSource(load);
    const liveMb = await inspected.liveMb();
    const sample = { messages: path.sink.taken, liveMb, residentMb: processMb(path.processId) };
    console.error(
      `soak: ${sample.messages} messages, live ${liveMb.toFixed(2)} MB, resident ${sample.residentMb.toFixed(1)} MB`,
    );
    return sample;
  };
  await send(Math.ceil(count / 5));
  const samples: Sample[] = [];
  for (let segment = 0; segment < segments; segment++) {
    samples.push(await send(Math.ceil((count * 4) / 5 / segments)));
  }
  inspected.close();
  return [
    growth("live memory", samples, ({ liveMb }) => liveMb, heapBudgetMb),
    growth("resident memory", samples, (it) => it.residentMb, residentBudgetMb),
    beforeAndAfter(samples),
  ];
}

function growth(
  what: string,
  samples: readonly Sample[],
  read: (sample: Sample) => number,
  budget: number,
): Measurement {
  const ours = slope(samples.map((it) => [it.messages, read(it)])) * 1e6;
  return {
    name: `${what}, growth per 1,000,000 messages`,
    against: `at most ${budget} MB`,
    ours,
    theirs: budget,
    unit: "MB",
    // Memory may shrink, and a ratio with a negative number means nothing.
    ratio: budget / Math.max(ours, budget / 100),
    floor: 1,
  };
}

function beforeAndAfter(samples: readonly Sample[]): Measurement {
  const [first, last] = [samples[0]?.residentMb ?? NaN, samples.at(-1)?.residentMb ?? NaN];
  return {
    name: `resident memory after ${counted(samples.at(-1))} messages`,
    against: `after the first ${counted(samples[0])}`,
    ours: last,
    theirs: first,
    unit: "MB",
    ratio: first / last,
    floor: 0,
  };
}

function counted(sample: Sample | undefined): string {
  return (sample?.messages ?? 0).toLocaleString("en");
}
