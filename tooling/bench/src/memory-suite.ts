import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Suite } from "./measurement.ts";

const script = fileURLToPath(new URL("../peers/signing-memory.mjs", import.meta.url));
const budgetMb = 16;

export const memorySuite: Suite = {
  name: "memory",
  description: "resident memory that signing 100 MB in chunks adds to the idle process",
  bound: "atMost",
  async run({ quick }) {
    const megabytes = quick ? 10 : 100;
    const { status, stdout, stderr } = spawnSync(process.execPath, [
      "--expose-gc",
      script,
      String(megabytes),
    ]);
    if (status !== 0) {
      throw new Error(`signing-memory: ${stderr.toString()}`);
    }
    const addedMb = Number(stdout.toString());
    return [
      {
        name: `sign ${megabytes} MB in chunks of 64 KB`,
        against: `${budgetMb} MB`,
        ours: addedMb,
        theirs: budgetMb,
        unit: "MB",
        ratio: addedMb / budgetMb,
        floor: 1,
      },
    ];
  },
};
