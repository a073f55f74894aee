import { messages, temporaryFile } from "./fixtures.ts";
import { InspectedProcess } from "./inspected-process.ts";
import { type InspectedSigner, type MailPath, MailPaths, pathsMissing } from "./mail-paths.ts";
import type { Measurement, Suite } from "./measurement.ts";
import { processMb } from "./resident-memory.ts";
import { slope } from "./slope.ts";
import { sendWithSmtpSource } from "./smtp-programs.ts";

const defaultMessages = 200_000;
const segments = 10;
/** What a million messages may add to what the heap holds; a leak of 100 octets a message adds 95 MB. */
const heapBudgetMb = 10;
const residentBudgetMb = 50;

/** Memory at a time when so many messages had passed. */
interface Sample {
  readonly messages: number;
  readonly liveMb: number;
  readonly residentMb: number;
}

/**
 * Whether memory grows with the number of messages. One relay process sends all of them; a fifth to warm up,
 * then ten segments. After each, garbage is collected (through the inspector) and memory is read. The growth is
 * the slope of the line through the ten samples (least squares), for a million messages.
 */
export const soakSuite: Suite = {
  name: "soak",
  description: "growth of the relay's memory with the messages it has passed on, 2 KB, RSA-2048",
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
    name: `${what}, growth for 1,000,000 messages`,
    against: `${budget} MB`,
    ours,
    theirs: budget,
    unit: "MB",
    // It may shrink; a ratio to less than nothing says nothing.
    ratio: budget / Math.max(ours, budget / 100),
    floor: 1,
  };
}

function beforeAndAfter(samples: readonly Sample[]): Measurement {
  const [first, last] = [samples[0]?.residentMb ?? NaN, samples.at(-1)?.residentMb ?? NaN];
  return {
    name: `resident memory after ${samples.at(-1)?.messages ?? 0} messages`,
    against: `after the first ${samples[0]?.messages ?? 0}`,
    ours: last,
    theirs: first,
    unit: "MB",
    ratio: first / last,
    floor: 0,
  };
}
