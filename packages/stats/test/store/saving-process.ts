/** Counts for ever, saves at an interval of its own clock, and prints the total after every 100 events. */
import { writeSync } from "node:fs";
import {
  Aggregator,
  createStatistics,
  fileStore,
  keepSaved,
  Reporter,
  totalOf,
} from "../../src/index.ts";
import { signed } from "../events.ts";
import { EVENTS_PER_INTERVAL } from "./saving-interval.ts";

const aggregator = new Aggregator();
let interval = () => {};
const saved = await keepSaved({
  aggregator,
  store: fileStore(process.argv[2] ?? ""),
  every: (_, callback) => {
    interval = callback;
    return () => {};
  },
});
const statistics = createStatistics();
const reporter: Reporter = new Reporter({
  statistics,
  processId: String(process.pid),
  epoch: aggregator.epoch,
  send: (report) => reporter.receive(aggregator.receive(report)),
});
for (let event = 0; ; event += 1) {
  if (event % EVENTS_PER_INTERVAL === 0) {
    interval();
    await saved.save();
  }
  statistics.recordSigning(signed(`d${event % 300}.example`));
  if (event % 100 === 0) {
    reporter.report();
    writeSync(1, `${totalOf(aggregator.snapshot(), "signing").processed}\n`);
  }
}
