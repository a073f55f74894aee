import { createStatistics, TimeSeries } from "@mailseal/stats";
import { expect, test } from "vitest";
import {
  createLog,
  metricsEndpoint,
  seriesOf,
  statisticsEndpoints,
  Totals,
} from "../../src/index.ts";
import { configOf } from "../support/program.ts";

const silent = createLog({ level: "silent", format: "json" }, process.stdout);

/** Totals with mail of three domains. */
async function counted(): Promise<Totals> {
  const totals = await Totals.open(configOf().statistics, silent);
  const statistics = createStatistics();
  for (const domain of ["a.example", "b.example", "b.example", "c.example"]) {
    const event = { scope: { domain }, durationNs: 1000, signatures: [] } as const;
    statistics.recordSigning({ ...event, outcome: "signed" });
  }
  totals.receive({ processId: "child", sequence: 1, delta: statistics.snapshot() });
  return totals;
}

async function answer(totals: Totals, request: string): Promise<unknown> {
  const [method, url = ""] = request.split(" ");
  const [path, query] = url.split("?");
  const endpoints = statisticsEndpoints(totals);
  const asked = endpoints.find((it) => it.method === method && it.path === path);
  return asked?.answer(new URLSearchParams(query));
}

const all = ["b.example", "a.example", "c.example"];

test.each([
  ["GET /stats", all],
  ["GET /stats?top=1", ["b.example"]],
  ["GET /stats?top=0", []],
  // Anything but a number is all.
  ["GET /stats?top=", all],
  ["GET /stats?top=-1", all],
  ["GET /stats?top=many", all],
])("%s has the domains with the most mail", async (request, domains) => {
  const answered = await answer(await counted(), request);
  const names = JSON.stringify(answered).match(/[abc]\.example/g) ?? [];
  expect(new Set(names)).toEqual(new Set(domains));
});

test("the report has the same limit", async () => {
  const totals = await counted();
  expect(JSON.stringify(await answer(totals, "GET /stats/report"))).toContain("c.example");
  const limited = JSON.stringify(await answer(totals, "GET /stats/report?top=1"));
  expect([limited.includes("b.example"), limited.includes("c.example")]).toEqual([true, false]);
});

test("a reset is answered when the totals are zero", async () => {
  const totals = await counted();
  expect(await answer(totals, "POST /stats/reset")).toEqual({ status: 200, body: { reset: true } });
  expect(JSON.stringify(totals.snapshot())).not.toContain("example");
});

test("a series is that of ten minutes, or of the last day", () => {
  const series = new TimeSeries();
  const [minutes, seconds] = [series.minutes(), series.seconds()];
  expect(seriesOf(series, new URLSearchParams("span=day"))).toEqual(minutes);
  expect(seriesOf(series, new URLSearchParams("span=hour"))).toEqual(seconds);
  expect(seriesOf(series, new URLSearchParams())).toEqual(seconds);
  expect(minutes).not.toEqual(seconds);
});

test("the metrics are text for Prometheus", async () => {
  const metrics = await metricsEndpoint(await counted()).answer(new URLSearchParams());
  expect(metrics).toMatchObject({
    status: 200,
    contentType: expect.stringMatching(/^text\/plain/),
    text: expect.stringMatching(/^# HELP mailseal_/m),
  });
});
