import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Measurement } from "./measurement.ts";

/** The root of this checkout. */
export const thisCheckout: string = fileURLToPath(new URL("../../../..", import.meta.url));

/** Runs a suite of a checkout in a process of its own, so that the heap and the compiled code of one do not affect another. */
export function measuredApart(
  checkout: string,
  suite: string,
  args: readonly string[],
): readonly Measurement[] {
  const bench = resolve(checkout, "tooling/bench/src/bench.ts");
  const { status, stdout } = spawnSync(process.execPath, [bench, suite, "--json", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 16 << 20,
  });
  if (status !== 0) {
    throw new Error(`the suite ${suite} of ${checkout} ended with exit code ${status}`);
  }
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Measurement);
}
