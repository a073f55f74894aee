/**
 * Sets the wall clock of one process and its threads: `node --import set-clock.ts`. The file named in MAILSEAL_CLOCK_FILE
 * has the number of milliseconds by which it is ahead. The monotonic clock is not changed, as if the clock of the machine
 * had been set.
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
