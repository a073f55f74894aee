/**
 * How `mailseal-relay` and `mailseal-worker` count: the pipeline, the key source and the traffic of a process
 * wrapped so that each event is counted, the totals of all processes, and what an operator reads of them.
 *
 * ```ts
 * const totals = await Totals.open(config.statistics, log);
 * const counting = countLocally(config, totals);
 * const pipeline = counting.counted(uncounted, config);
 * const text = await statisticsRegistry(totals).metrics();
 * ```
 *
 * It serves nothing itself, and does not know how processes reach each other: see `StatisticsLink`.
 */
export type { FailedMessage } from "./failed-message.ts";
export { countLocally } from "./local-link.ts";
export { ProcessStatistics, type StatisticsLink } from "./process-statistics.ts";
export type { RotationSummary } from "./rotation-summary.ts";
export { statisticsRegistry } from "./registry.ts";
export type { Answered } from "./signed-messages.ts";
export { seriesOf, type StatisticsRoute, statisticsRoutes } from "./routes.ts";
export { Totals } from "./totals.ts";
export { answeredWith, type LoginOutcome, type Traffic, untold } from "./traffic.ts";
