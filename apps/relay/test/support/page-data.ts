import { createStatistics, type Snapshot, TimeSeries } from "@mailseal/stats";
import type { WorkerState } from "../../src/statistics/worker-watch.ts";
import type { PageData } from "../../src/web/page-data.ts";

/** A worker with a value in every field of its answer. */
export function answering(): WorkerState {
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

/** The data of a relay that has just started, with `data` in place of its own. */
export function pageData(data: Partial<PageData> = {}): PageData {
  return {
    isReady: true,
    usesQueue: true,
    snapshot: createStatistics().snapshot(),
    minutes: new TimeSeries().minutes(),
    failures: [],
    inventory: undefined,
    worker: undefined,
    ...data,
  };
}

/** The text of a section, without markup. */
export function textOf(section: unknown): string {
  return String(section)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");
}

const scope = { domain: "example.com", binding: "out" };

/** Of five messages one was signed, one failed, one was skipped, and two were signed but not accepted. */
export function outbound(): Snapshot {
  const statistics = createStatistics();
  const durationNs = 1e6;
  statistics.recordSigning({ scope, outcome: "signed", durationNs, signatures: [] });
  statistics.recordSigning({ scope, outcome: "failed", reason: "no-key", durationNs });
  statistics.recordSigning({ scope, outcome: "skipped", reason: "sign-off", durationNs });
  for (const reason of ["deferred-after-signing", "rejected-after-signing"]) {
    statistics.recordSigning({ scope, outcome: "refused", reason, durationNs });
  }
  return statistics.snapshot();
}
