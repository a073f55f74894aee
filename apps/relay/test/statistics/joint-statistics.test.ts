/** In queue mode the worker signs and delivers, so the page shows the statistics of both programs. */
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { configSchema } from "@mailseal/config";
import { countLocally, createLog, statisticsEndpoints, Totals } from "@mailseal/service";
import { createStatistics } from "@mailseal/stats";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test, vi } from "vitest";
import { afterThisTest } from "../support/relay-under-test.ts";
import { serveRelay } from "../support/served-relay.ts";

const silent = createLog({ level: "silent", format: "json" }, process.stdout);

/** A server with the endpoints of a worker that the page reads, and its own statistics. */
async function startWorker(): Promise<{ readonly socket: string; readonly totals: Totals }> {
  const config = configSchema.parse({});
  const totals = await Totals.open(config.statistics, silent);
  countLocally(config, totals);
  const endpoints = new Map(statisticsEndpoints(totals).map((it) => [it.path, it]));
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const queue = { depth: 0, bytes: 0, leased: 0, held: 0, dead: 0, routes: [], delivering: 0 };
    const others = new Map<string, unknown>([
      ["/queue", queue],
      ["/rotations", []],
    ]);
    void (async () => {
      const answer = await endpoints.get(pathname)?.answer(searchParams);
      response.end(JSON.stringify(answer?.body ?? others.get(pathname)));
    })();
  });
  const socket = join(temporaryDirectory("test"), "worker.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  afterThisTest(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { socket, totals };
}

test("the page and the chart include the mail and the keys of the worker", async () => {
  const { socket, totals } = await startWorker();
  const statistics = createStatistics();
  for (const domain of ["example.com", "example.com", "other.example"]) {
    statistics.recordSigning({
      scope: { domain, binding: "pool-7" },
      outcome: "signed",
      durationNs: 1e6,
      signatures: [],
    });
  }
  totals.receive({ processId: "worker", sequence: 1, delta: statistics.snapshot() });
  const { url } = await serveRelay({
    config: {
      worker: { admin: `unix:${socket}` },
      // No domain is configured: the pattern in the path of the key is enough.
      domains: {},
    },
  });
  const page = async (): Promise<string> => (await fetch(url)).text();
  // The relay asks the worker only when somebody opens the page.
  await expect.poll(page, { timeout: 10_000 }).toMatch(/<dt>Signed<\/dt>\s*<dd><b>3<\/b>/);
  const text = await page();
  expect(text).not.toContain("No outbound mail yet");
  expect(text).toContain("other.example");
  expect(text).toContain("pool-7");
  await expect
    .poll(page, { timeout: 10_000 })
    .toMatch(/s1<span class="of">._domainkey.example.com/);
  const series = (await (await fetch(`${url}series`)).json()) as {
    readonly counts: { readonly signed: readonly number[] };
  };
  expect(series.counts.signed.reduce((sum, count) => sum + count, 0)).toBe(3);
});

test.each([
  ["no key was listed before", {}, 3000],
  ["other keys were listed before", { "other.example": { signing: { selector: "s2" } } }, 61_000],
])("keys that the worker has signed with are listed if %s", async (_, domains, laterMs) => {
  const { socket, totals } = await startWorker();
  let aheadMs = 0;
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + aheadMs);
  afterThisTest(async () => clock.mockRestore());
  const { url } = await serveRelay({
    config: { worker: { admin: `unix:${socket}` }, domains },
  });
  /** Polls itself, because `expect.poll` uses the clock that the test changes. */
  const pageWith = async (part: string): Promise<string> => {
    for (;;) {
      const text = await (await fetch(url)).text();
      if (text.includes(part)) return text;
      await pause(20);
    }
  };
  expect(await pageWith("Looked up")).not.toContain("_domainkey.example.com");
  const statistics = createStatistics();
  const scope = { domain: "example.com", binding: "out" };
  statistics.recordSigning({ scope, outcome: "signed", durationNs: 1e6, signatures: [] });
  totals.receive({ processId: "worker", sequence: 1, delta: statistics.snapshot() });
  aheadMs = laterMs;
  expect(await pageWith("_domainkey.example.com")).toContain("Nothing to do.");
});

test("mail that next hops defer repeatedly is not counted as unsigned", async () => {
  const { socket, totals } = await startWorker();
  const statistics = createStatistics();
  const scope = { domain: "example.com", binding: "out" };
  const refused = { scope, outcome: "refused", durationNs: 1e6 } as const;
  for (let attempt = 0; attempt < 9; attempt++) {
    statistics.recordSigning({ ...refused, reason: "deferred-after-signing" });
  }
  statistics.recordSigning({ ...refused, reason: "rejected-after-signing" });
  statistics.recordSigning({ scope, outcome: "failed", reason: "no-key", durationNs: 1e6 });
  statistics.recordSigning({ scope, outcome: "signed", durationNs: 1e6, signatures: [] });
  totals.receive({ processId: "worker", sequence: 1, delta: statistics.snapshot() });
  const { url } = await serveRelay({ config: { worker: { admin: `unix:${socket}` } } });
  const page = async (): Promise<string> => (await fetch(url)).text();
  await expect.poll(page, { timeout: 10_000 }).toContain("50.0 % of outbound mail");
  const text = (await page()).replaceAll(/\s+/g, " ");
  expect(text).toContain("9 deferred and 1 refused attempts");
  expect(text).toContain("failed: no-key");
  expect(text).not.toContain("after-signing");
});
