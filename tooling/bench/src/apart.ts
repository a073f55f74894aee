import { spawnSync } from "node:child_process";
import type { Measurement } from "./measurement.ts";

const longestAnswerBytes = 16 << 20;

/**
 * A suite in a process of its own: what one leaves in the heap, and in the engine's knowledge of the code, falls on
 * no other. `args`: for `bench.ts`.
 */
export function measuredApart(
  bench: string,
  suite: string,
  args: readonly string[],
): readonly Measurement[] {
  const { status, stdout } = spawnSync(process.execPath, [bench, suite, "--json", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: longestAnswerBytes,
  });
  if (status !== 0) {
    throw new Error(`the suite ${suite} ended with ${status}`);
  }
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Measurement);
}
