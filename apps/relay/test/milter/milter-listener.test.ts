import { expect, test } from "vitest";
import { groupId } from "../../src/milter/milter-listener.ts";

test("socketGroup is a name in /etc/group or a number", () => {
  expect(groupId("root")).toBe(0);
  expect(groupId("1234")).toBe(1234);
  expect(() => groupId("no such group")).toThrow(/socketGroup/);
});
