import { expect, test } from "vitest";
import { askTime, readAnswer } from "../../../src/doctor/clock/sntp.ts";
import { startTimeServer } from "../support/time-server.ts";

const day = 86_400_000;

test.each([0, day, -day])("a server that is %i ms ahead says so", async (aheadMs) => {
  const port = await startTimeServer({ aheadMs });
  const answer = await askTime("127.0.0.1", 10_000, port);
  if (answer.status !== "answered") throw new Error(answer.reason);
  expect(Math.abs(answer.offsetMs - aheadMs)).toBeLessThan(10_000);
});

test("the times after the end of the era of 1900 are understood", () => {
  const answer = Buffer.alloc(48);
  answer[0] = 0x24;
  answer[1] = 1;
  // 2036-02-07T06:28:16Z is the start of the next era.
  const sentMs = Date.parse("2036-02-07T06:28:16Z");
  expect(readAnswer(answer, Buffer.alloc(8), sentMs, sentMs)).toEqual({
    status: "answered",
    offsetMs: 0,
  });
});

test.each([
  ["that is not synchronized", { 0: 0xe4 }],
  ["that asks to be left alone", { 1: 0 }],
])("a server %s does not count", async (_, change) => {
  const port = await startTimeServer({ change });
  expect(await askTime("127.0.0.1", 10_000, port)).toEqual({
    status: "silent",
    reason: "the server does not know the time itself",
  });
});

test.each([
  ["an answer to another question", { 24: 0x55, 25: 0x55 }],
  ["a packet of a client", { 0: 0x23 }],
])("%s is ignored", async (_, change) => {
  const port = await startTimeServer({ change });
  expect(await askTime("127.0.0.1", 200, port)).toEqual({
    status: "silent",
    reason: "no answer within 200 ms",
  });
});

test("a short packet is no answer", () => {
  expect(readAnswer(Buffer.alloc(47), Buffer.alloc(8), 0, 0)).toBeUndefined();
});

test("a name that does not exist is silent", async () => {
  expect((await askTime("ntp.invalid", 1000)).status).toBe("silent");
});
