/** Records 25,000 events and reports them to its parent, which may not answer at once. */
import { setImmediate } from "node:timers/promises";
import { createStatistics, type ReportAnswer, Reporter } from "../../src/index.ts";
import { signed } from "../events.ts";

const [processId = "", epoch] = process.argv.slice(2);
const statistics = createStatistics({ maxDomains: 16 });
const reporter = new Reporter({
  statistics,
  processId,
  epoch: Number(epoch),
  send: (report) => process.send?.({ report }),
});
process.on("message", (answer: ReportAnswer) => reporter.receive(answer));

const recorded: Record<number, number> = {};
for (let event = 0; event < 25_000; event += 1) {
  const present = reporter.epoch ?? -1;
  recorded[present] = (recorded[present] ?? 0) + 1;
  statistics.recordSigning(signed(`d${event % 50}.example`));
  if (event % 100 === 0) {
    reporter.report();
    await setImmediate();
  }
}
const again = setInterval(() => reporter.report(), 10);
await reporter.flush();
clearInterval(again);
process.send?.({ recorded });
