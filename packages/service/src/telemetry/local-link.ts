import type { Config } from "@mailseal/config";
import { ProcessStatistics } from "./process-statistics.ts";
import type { Totals } from "./totals.ts";

/** Counts into totals of the same process. */
export function countLocally(config: Config, totals: Totals): ProcessStatistics {
  const counting: ProcessStatistics = new ProcessStatistics(config, {
    epoch: totals.epoch,
    send: (report) => counting.reporter.receive(totals.receive(report)),
    sendFailure: (failure) => totals.failures.add(failure),
  });
  totals.beforeReading(() => counting.reporter.report());
  totals.onReset((answer) => counting.reporter.receive(answer));
  return counting;
}
