import { expect, test } from "vitest";
import { type FailedMessage, RecentFailures } from "../../src/telemetry/failed-message.ts";

test("the latest failures are kept, no more than the limit", () => {
  const recent = new RecentFailures(2);
  for (const queueId of ["a", "b", "c"]) recent.add({ queueId } as FailedMessage);
  expect(recent.all.map(({ queueId }) => queueId)).toEqual(["c", "b"]);
  expect(recent.find(3)?.queueId).toBe("c");
  expect(recent.find(1)).toBeUndefined();
});
