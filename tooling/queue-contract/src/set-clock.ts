/**
 * Sets the wall clock of one process and its threads: `node --import set-clock.ts`, with a file in
 * MAILSEAL_CLOCK_FILE that holds by how many milliseconds. The monotonic clock goes on, as it does where a machine's
 * clock is set.
 */
import { readFileSync } from "node:fs";

const file = process.env["MAILSEAL_CLOCK_FILE"];
const lookMs = 10;
const RealDate = Date;
let aheadMs = 0;

function look(): void {
  try {
    aheadMs = Number(readFileSync(file ?? "", "utf8"));
  } catch {
    // It is being written.
  }
}

class SetDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    super(...((given.length === 0 ? [SetDate.now()] : given) as [number]));
  }

  static override now(): number {
    return RealDate.now() + aheadMs;
  }
}

if (file !== undefined) {
  look();
  setInterval(look, lookMs).unref();
  globalThis.Date = SetDate as DateConstructor;
}
