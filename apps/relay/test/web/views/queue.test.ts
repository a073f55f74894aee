import { createStatistics } from "@mailseal/stats";
import { expect, test } from "vitest";
import type { WorkerState } from "../../../src/statistics/worker-watch.ts";
import { deliveries, queue } from "../../../src/web/views/queue.ts";
import { answering, pageData, textOf } from "../../support/page-data.ts";

test("shows the queue and its routes as the worker reports them", () => {
  const section = queue(pageData({ worker: answering() }));
  expect(textOf(section)).toContain(
    "1,234 in the queue, 3 in delivery, 7 deferred, 1 held, 2 dead; oldest 2.50 min",
  );
  expect(textOf(section)).toContain("mx &lt;b&gt;.example 1,200 – 7 – –");
  expect(String(section)).not.toContain("<b>.example");
});

test("without a worker shows the relay's own reading of the queue, and how to start one", () => {
  const worker: WorkerState = { kind: "silent", address: "unix:/w.sock", reason: "ENOENT" };
  expect(textOf(queue(pageData({ worker })))).toContain(
    "No worker answers at unix:/w.sock (ENOENT), so mail waits in the queue.",
  );
  expect(textOf(queue(pageData({ worker, usesQueue: false })))).toContain(
    "No listener uses the queue",
  );
  const queues = [{ queue: "mail", depth: 1234, oldestAgeMs: 150_000, atMs: 0 }];
  const snapshot = { ...createStatistics().snapshot(), queues };
  expect(textOf(queue(pageData({ worker, snapshot })))).toContain("mail 1,234 2.50 min");
  expect(textOf(queue(pageData()))).toContain("Asking the worker");
});

test("shows delivery attempts and their outcomes, in total and by destination", () => {
  const worker = answering();
  if (worker.kind !== "answers") throw new Error("expected a worker that answers");
  const text = textOf(deliveries(pageData({ snapshot: worker.answer.snapshot })));
  expect(text).toContain("example.net 3 2 1 0");
  expect(text).toContain("2 delivered in 3 attempts");
});
