import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, type Suite } from "../measuring/measurement.ts";

const script = fileURLToPath(new URL("../../peers/signing-memory.mjs", import.meta.url));
const budgetMb = 16;

export const memorySuite: Suite = {
  name: "memory",
  description:
    "resident memory that signing 100 MB in chunks adds to an idle process, compared with its budget",
  async run({ quick }) {
    const megabytes = quick ? 10 : 100;
    const rounds = Array.from({ length: 5 }, () => addedBySigning(megabytes));
    const ours = median(rounds);
    return [
      {
        name: `sign ${megabytes} MB in chunks of 64 KB`,
        against: `at most ${budgetMb} MB`,
        ours,
        theirs: budgetMb,
        unit: "MB",
        ratio: budgetMb / ours,
        floor: 1,
      },
    ];
  },
};

function addedBySigning(megabytes: number): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    "--expose-gc",
    script,
    String(megabytes),
  ]);
  if (status !== 0) {
    throw new Error(`signing-memory: ${stderr.toString()}`);
  }
  return Number(stdout.toString());
}
