import { expect, test } from "vitest";
import { createStatistics, type Report, Reporter } from "../../src/index.ts";

function reporting(epoch?: number) {
  const statistics = createStatistics();
  const reports: Report[] = [];
  const send = (report: Report): void => void reports.push(report);
  const options = { statistics, processId: "p", send };
  const reporter = new Reporter(epoch === undefined ? options : { ...options, epoch });
  return { statistics, reports, reporter };
}

test("nothing is sent while nothing was counted", () => {
  const { reports, reporter } = reporting();
  reporter.report();
  expect(reports).toEqual([]);
});

test("a report is repeated until it is acknowledged, and then the next one has what came since", () => {
  const { statistics, reports, reporter } = reporting(2);
  statistics.recordLogin("accepted");
  reporter.report();
  statistics.recordLogin("failed");
  reporter.report();
  expect(reports[1]).toBe(reports[0]);
  // The answer to another report.
  reporter.receive({ epoch: 2, acknowledged: 7 });
  reporter.report();
  expect(reports[2]).toBe(reports[0]);
  reporter.receive({ epoch: 2, acknowledged: 1 });
  reporter.report();
  expect(reports[3]).toMatchObject({ processId: "p", sequence: 2, epoch: 2 });
});

test("a reset drops what was counted before it, sent or not", () => {
  const { statistics, reports, reporter } = reporting(0);
  statistics.recordLogin("accepted");
  reporter.report();
  statistics.recordLogin("accepted");
  reporter.receive({ epoch: 1 });
  reporter.report();
  expect([reports.length, reporter.epoch]).toEqual([1, 1]);
  statistics.recordLogin("accepted");
  reporter.report();
  expect(reports[1]).toMatchObject({ sequence: 2, epoch: 1 });
});

test("the first answer gives a process its epoch without a reset", () => {
  const { statistics, reports, reporter } = reporting();
  statistics.recordLogin("accepted");
  reporter.report();
  expect(reports[0]).not.toHaveProperty("epoch");
  statistics.recordLogin("accepted");
  reporter.receive({ epoch: 5, acknowledged: 1 });
  reporter.report();
  expect(reports[1]).toMatchObject({ sequence: 2, epoch: 5 });
});

test("a flush ends when everything is acknowledged", async () => {
  const { statistics, reports, reporter } = reporting(0);
  await reporter.flush();
  statistics.recordLogin("accepted");
  const flushed = reporter.flush();
  statistics.recordLogin("accepted");
  reporter.receive({ epoch: 0, acknowledged: 1 });
  expect(reports).toHaveLength(2);
  reporter.receive({ epoch: 0, acknowledged: 2 });
  await flushed;
});
