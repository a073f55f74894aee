import { expect, test } from "vitest";
import { clockFinding } from "../../../src/doctor/checks/clock.ts";

const day = 86_400_000;

test.each([
  [day, "The clock is 1 day slow, by its time servers"],
  [-day, "The clock is 1 day fast, by its time servers"],
  [3 * day + 7_200_000, "The clock is 3 days 2 hours slow, by its time servers"],
  [180_000, "The clock is 3 minutes slow, by its time servers"],
])("an offset of %i ms is %j", (offsetMs, what) => {
  expect(clockFinding([offsetMs], 0, { name: "timesyncd", servers: ["a"] })).toEqual({
    kind: "clock-wrong",
    what,
    command: "timedatectl set-ntp true && systemctl restart systemd-timesyncd",
  });
});

test("one server that is wrong is outvoted", () => {
  const service = { name: "chrony", servers: ["a", "b", "c"] } as const;
  expect(clockFinding([10, day, -20], 0, service)).toBe("right");
  expect(clockFinding([day, day + 5, 0], 0, service)).toMatchObject({ kind: "clock-wrong" });
});

test("without a server, a clock behind the newest file is wrong, and any other is unknown", () => {
  const service = { name: "none", servers: [] } as const;
  expect(clockFinding([], day, service)).toMatchObject({
    what: "The clock is 1 day slow, by the time of files on it",
    command: "apt-get install -y systemd-timesyncd && timedatectl set-ntp true",
  });
  expect(clockFinding([], 0, service)).toBe("unknown");
  expect(clockFinding([], -day, service)).toBe("unknown");
});
