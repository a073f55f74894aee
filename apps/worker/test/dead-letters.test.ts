import type { Queue } from "@mailseal/queue";
import { expect, test } from "vitest";
import { DeadLetters } from "../src/dead-letters.ts";
import { collectedLog } from "./collected-log.ts";
import { openTestQueue } from "./worker-under-test.ts";

const dayMs = 86_400_000;
const startMs = Date.parse("2026-01-01T00:00:00Z");

/** Lets one check pass. */
async function checkOnce(queue: Queue, keepMs: number, nowMs: number) {
  const { log, lines } = collectedLog();
  const letters = new DeadLetters({ queue, log, keepMs: () => keepMs, now: () => nowMs });
  await expect.poll(async () => (await queue.stats()).dead, { timeout: 5000 }).toBeLessThan(3);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await letters.stop();
  return {
    lines,
    left: (await queue.list({ state: "dead" })).messages.map(({ reason }) => reason),
  };
}

test("dead letters older than worker.deadLetterAge are removed, with a line in the log", async () => {
  let nowMs = startMs;
  const queue = await openTestQueue(() => nowMs);
  for (const reason of ["first", "second"]) {
    const recipients = [{ address: `${reason}@example.net` }];
    await queue.add(
      {
        envelope: { from: "joe@example.com" },
        destinations: [{ route: "mx example.net", recipients }],
        context: new Map(),
        // Its age as mail does not count.
        firstSeenMs: startMs - 100 * dayMs,
      },
      Buffer.from("x"),
    );
    const [lease] = await queue.take(1);
    await lease?.dead(reason);
    nowMs += 20 * dayMs;
  }
  expect(await checkOnce(queue, 0, nowMs)).toEqual({ lines: [], left: ["first", "second"] });
  const { lines, left } = await checkOnce(queue, 30 * dayMs, nowMs);
  expect(left).toEqual(["second"]);
  expect(lines).toMatchObject([
    {
      level: "warn",
      msg: "old dead letter removed",
      from: "joe@example.com",
      to: ["first@example.net"],
      recipients: 1,
      reason: "first",
    },
  ]);
});
