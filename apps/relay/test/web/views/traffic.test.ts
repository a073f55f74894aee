import { createStatistics, TimeSeries } from "@mailseal/stats";
import { expect, test } from "vitest";
import { charts, minutesTable } from "../../../src/web/views/traffic.ts";
import { pageData, textOf } from "../../support/page-data.ts";

test("the last ten minutes are a table, the most recent first", () => {
  let nowMs = 0;
  const series = new TimeSeries(
    () => nowMs,
    () => nowMs,
  );
  const statistics = createStatistics();
  for (let minute = 0; minute < 12; minute++) {
    nowMs = minute * 60_000;
    for (let message = 0; message <= minute; message++) {
      statistics.recordMessage({ frontEnd: "smtp", disposition: "accepted", durationNs: 1 });
    }
    const delta = statistics.takeDelta();
    if (delta !== undefined) series.add(delta);
  }
  nowMs = 12 * 60_000;
  const section = minutesTable(pageData({ minutes: series.minutes() }));
  const rows = String(section).split("<tr>").slice(2).map(textOf);
  expect(rows).toHaveLength(10);
  const counts = rows.map((row) => Number(/UTC (\d+)/.exec(row)?.[1]));
  expect(counts).toEqual([0, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
});

test("the charts refer to the table that holds their data", () => {
  const text = String(charts(minutesTable(pageData()), "traffic-live"));
  expect(text.match(/aria-describedby="traffic-live"/g)).toHaveLength(2);
  expect(text).toContain("<details>");
});
