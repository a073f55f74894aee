import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Measurement, median, type Suite } from "../measuring/measurement.ts";

const script = fileURLToPath(new URL("../../peers/domains.mjs", import.meta.url));
const cryptoScript = fileURLToPath(new URL("../../peers/crypto-threads.mjs", import.meta.url));
const threads = 2;
const budgetMb = 300;

interface Timed {
  readonly ms: number;
}

interface Run extends Timed {
  readonly highestMb: number;
}

export const domainsSuite: Suite = {
  name: "domains",
  description: `one pool of ${threads} threads that signs for many domains, RSA-2048, 2 KB, from the start of the pool to its end`,
  async run({ quick }) {
    const messages = quick ? 500 : 50_000;
    const few = quick ? 50 : 500;
    const many = quick ? 100 : 10_000;
    const rounds = Array.from({ length: quick ? 1 : 5 }, () => ({
      pool: run(few, messages, threads),
      single: run(few, messages, 0),
      poolOfOne: run(few, messages, 1),
      cryptoPool: start<Timed>(cryptoScript, messages, threads),
      cryptoSingle: start<Timed>(cryptoScript, messages, 0),
    }));
    const rate = ({ ms }: Timed): number => (messages * 1000) / ms;
    const large = run(many, messages, threads);
    const compared = (
      name: string,
      against: string,
      ours: keyof (typeof rounds)[number],
      theirs: keyof (typeof rounds)[number],
      floor: number,
    ): Measurement => ({
      name,
      against,
      ours: median(rounds.map((round) => rate(round[ours]))),
      theirs: median(rounds.map((round) => rate(round[theirs]))),
      unit: "/s",
      ratio: median(rounds.map((round) => rate(round[ours]) / rate(round[theirs]))),
      floor,
    });
    const name = `${messages} messages of ${few} domains`;
    return [
      compared(name, "the main thread without a pool", "pool", "single", 1.8),
      compared(name, "a pool of one thread", "pool", "poolOfOne", 1.8),
      compared(
        "upper bound: node:crypto alone in as many threads",
        "one thread",
        "cryptoPool",
        "cryptoSingle",
        0,
      ),
      memory(`memory, ${few} domains`, median(rounds.map(({ pool }) => pool.highestMb)), 1),
      memory(`memory, ${many} domains`, large.highestMb, 0),
    ];
  },
};

function memory(name: string, ours: number, floor: number): Measurement {
  return {
    name,
    against: `at most ${budgetMb} MB`,
    ours,
    theirs: budgetMb,
    unit: "MB",
    ratio: budgetMb / ours,
    floor,
  };
}

function run(domains: number, messages: number, count: number): Run {
  return start<Run>(script, domains, messages, count);
}

function start<Result extends Timed>(program: string, ...args: number[]): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args.map(String)]);
  if (status !== 0) throw new Error(`${program}: ${stderr.toString()}`);
  return JSON.parse(stdout.toString()) as Result;
}
