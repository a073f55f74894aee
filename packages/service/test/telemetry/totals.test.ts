import { join } from "node:path";
import { createStatistics, type ReportAnswer, totalOf } from "@mailseal/stats";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { createLog, type FailedMessage, type Logger, Totals } from "../../src/index.ts";
import { configOf } from "../support/program.ts";

const silent = logTo([]);

function logTo(lines: string[]): Logger {
  return createLog({ level: "info", format: "json" }, { write: (line) => lines.push(line) });
}

/** One login, counted by another process. */
function reportOf(sequence: number, processId = "child") {
  const statistics = createStatistics();
  statistics.recordLogin("accepted");
  return { processId, sequence, delta: statistics.snapshot() };
}

function loginsOf(totals: Totals): number {
  return totalOf(totals.snapshot(), "logins").logins;
}

test("reports of all processes are added, each once", async () => {
  const totals = await Totals.open(configOf().statistics, silent);
  expect(totals.receive(reportOf(1))).toEqual({ epoch: 0, acknowledged: 1 });
  totals.receive(reportOf(1));
  totals.receive(reportOf(1, "other child"));
  expect(loginsOf(totals)).toBe(2);
});

test("counts that were not reported yet are added before a reading", async () => {
  const totals = await Totals.open(configOf().statistics, silent);
  let sequence = 0;
  totals.beforeReading(() => totals.receive(reportOf(++sequence)));
  expect([loginsOf(totals), loginsOf(totals)]).toEqual([1, 2]);
});

test("a reset starts a new epoch, notifies the processes, and drops what they counted before", async () => {
  const totals = await Totals.open(configOf().statistics, silent);
  const notified: ReportAnswer[] = [];
  totals.onReset((answer) => notified.push(answer));
  totals.receive({ ...reportOf(1), epoch: 0 });
  totals.failures.add({ queueId: "Q1" } as FailedMessage);
  await totals.reset();
  expect([totals.epoch, notified]).toEqual([1, [{ epoch: 1 }]]);
  totals.receive({ ...reportOf(2), epoch: 0 });
  expect([loginsOf(totals), totals.failures.all]).toEqual([0, []]);
});

describe("totals in a file", () => {
  test("survive a restart", async () => {
    const file = join(temporaryDirectory("test"), "totals.json");
    const { statistics } = configOf({ statistics: { file } });
    const before = await Totals.open(statistics, silent);
    before.receive(reportOf(1));
    await before.close();
    const after = await Totals.open(statistics, silent);
    expect(loginsOf(after)).toBe(1);
    // The process outlived its parent, and repeats a report that counts already.
    after.receive(reportOf(1));
    expect(loginsOf(after)).toBe(1);
    await after.close();
  });

  test("start from zero if the file is damaged, and say so in the log", async () => {
    const file = writeTestFile(temporaryDirectory("test"), "totals.json", "junk");
    const lines: string[] = [];
    const totals = await Totals.open(configOf({ statistics: { file } }).statistics, logTo(lines));
    expect(loginsOf(totals)).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "error", setAside: { path: `${file}.damaged` } },
    ]);
    await totals.close();
  });

  test("are neither read nor written while nothing is counted", async () => {
    const file = writeTestFile(temporaryDirectory("test"), "totals.json", "junk");
    const lines: string[] = [];
    const { statistics } = configOf({ statistics: { file, level: "off" } });
    const totals = await Totals.open(statistics, logTo(lines));
    await totals.close();
    expect(lines).toEqual([]);
  });
});
