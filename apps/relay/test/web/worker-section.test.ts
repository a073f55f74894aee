import { createServer } from "node:http";
import { join } from "node:path";
import { configSchema } from "@mailseal/policy/config";
import { createStatistics, TimeSeries } from "@mailseal/stats";
import { describe, expect, test } from "vitest";
import { type WorkerState, WorkerWatch } from "../../src/statistics/worker-watch.ts";
import { rotationsSection } from "../../src/web/views/rotations.ts";
import { workerSection } from "../../src/web/views/worker.ts";
import { afterThisTest, temporaryDirectory } from "../relay-under-test.ts";

function answering(): WorkerState {
  const statistics = createStatistics();
  for (const outcome of ["delivered", "deferred", "delivered"] as const) {
    statistics.recordDelivery({ destination: "example.net", outcome, attempts: 1, durationNs: 1 });
  }
  return {
    kind: "answers",
    answer: {
      snapshot: statistics.snapshot(),
      queue: {
        depth: 1234,
        bytes: 5,
        oldestAgeMs: 150_000,
        leased: 3,
        delayed: 7,
        held: 1,
        dead: 2,
        delivering: 3,
        routes: [{ route: "mx <b>.example", depth: 1200, delayed: 7 }],
      },
      seconds: new TimeSeries().seconds(),
      minutes: new TimeSeries().minutes(),
      rotations: [
        {
          id: 1,
          domain: "example.com",
          stage: "confirm",
          isOver: false,
          direction: "forward",
          sinceMs: 0,
          dueMs: 60_000,
          problem: "192.0.2.1 does not show s2._domainkey.example.com",
          cause: "failed",
          incoming: ["s2", "e2"],
          outgoing: ["s1"],
        },
      ],
    },
  };
}

/** As a reader sees it. */
function textOf(section: unknown): string {
  return String(section)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");
}

describe("the sections of the worker", () => {
  test("tell of the queue, its routes, and the destinations", () => {
    const section = workerSection(answering(), true, 10);
    expect(textOf(section)).toContain(
      "1,234 in the queue, 7 put off, 1 held, 2 dead; the oldest waits for 2.50 min",
    );
    expect(textOf(section)).toContain("mx &lt;b&gt;.example 1,200 – 7 – –");
    expect(textOf(section)).toContain("example.net 3 2 1 0");
    expect(String(section)).not.toContain("<b>.example");
  });

  test("tell of rotations, and what they wait for", () => {
    expect(textOf(rotationsSection(answering()))).toMatch(
      /example\.com confirm 1970-01-01 .* s2 e2 s1 192\.0\.2\.1 does not show s2/,
    );
  });

  test("tell where there is no worker, and what to do about it", () => {
    const silent: WorkerState = { kind: "silent", address: "unix:/w.sock", reason: "ENOENT" };
    expect(textOf(workerSection(silent, true, 10))).toContain(
      "Nobody answers at unix:/w.sock (ENOENT): mail waits in the queue.",
    );
    expect(textOf(workerSection(silent, false, 10))).toContain("No listener keeps mail in a queue");
    expect(textOf(workerSection(undefined, true, 10))).toContain("being asked");
  });
});

describe("a worker that is watched", () => {
  function watch(admin: string): WorkerWatch {
    const config = configSchema.parse({ worker: { admin: `unix:${admin}` } });
    return new WorkerWatch({ config: () => config });
  }

  test("nobody listens", async () => {
    const watched = watch(join(temporaryDirectory(), "worker.sock"));
    expect(watched.latest).toBeUndefined();
    await watched.refresh();
    expect(watched.latest).toMatchObject({
      kind: "silent",
      reason: expect.stringContaining("ENOENT"),
    });
  });

  test.each([
    ["no JSON", 200, "<html>"],
    ["no", 503, "{}"],
    ["of another version", 200, '{"version":2}'],
    ["without end", 200, "x".repeat(5 << 20)],
  ])("it answers %s", async (_what, status, body) => {
    const path = join(temporaryDirectory(), "worker.sock");
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    afterThisTest(async () => {
      server.closeAllConnections();
      server.close();
    });
    const watched = watch(path);
    await watched.refresh();
    expect(watched.latest).toMatchObject({ kind: "silent", reason: expect.any(String) });
  });
});
