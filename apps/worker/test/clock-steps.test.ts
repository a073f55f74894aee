import { configSchema } from "@mailseal/policy/config";
import { expect, test } from "vitest";
import { RouteLimits } from "../src/delivery/route-limits.ts";
import { content, mailTo, startSink, startWorker } from "./worker-under-test.ts";

const hourMs = 3_600_000;

test.each([-hourMs, hourMs])("a clock that steps by %i ms holds up no delivery", async (stepMs) => {
  let ahead = 0;
  // The clock is set while the first message is being delivered.
  const sink = await startSink({
    react: ({ stage }) => {
      if (stage === "message") ahead = stepMs;
      return undefined;
    },
  });
  const { queue, logged, worker } = await startWorker({
    port: sink.port,
    now: () => Date.now() + ahead,
    elapsedMs: () => performance.now(),
    worker: { destinationConcurrency: 1 },
  });
  const six = Array.from({ length: 6 }, () => mailTo(["ann@a.example"]));
  await Promise.all(six.map((message) => queue.add(message, content)));
  await logged(() => sink.messages.length === 6);
  await worker.stop(0);
  expect(sink.messages).toHaveLength(6);
});

test("a destination without a rate waits for no time, whatever the clock says", async () => {
  let nowMs = hourMs;
  const limits = new RouteLimits(configSchema.parse({}), () => nowMs);
  const route = { kind: "mx", domain: "a.example" } as const;
  const leave = await limits.enter("mx a.example", route);
  nowMs = 0;
  const leaveToo = await limits.enter("mx a.example", route);
  leave();
  leaveToo();
  expect(limits.active).toBe(0);
});
