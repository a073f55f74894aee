import { connection } from "@mailseal/testkit/milter-mta";
import { expect, test } from "vitest";
import { serveMilter } from "../src/serve-milter.ts";

test.each([
  [
    { timeLimits: { stepMs: 0 } },
    "timeLimits.stepMs: expected a whole number of milliseconds from 1",
  ],
  [
    { timeLimits: { commandMs: 2 ** 31 } },
    "timeLimits.commandMs: expected a whole number of milliseconds from 1",
  ],
  [{ maxPacketBytes: 1.5 }, "maxPacketBytes: expected a whole number of bytes from 1"],
  [
    { progressIntervalMs: -1 },
    "progressIntervalMs: expected a whole number of milliseconds from 1",
  ],
  [{ macros: { connect: ["a b"] } }, "the name of a macro"],
])("options %j are refused", (options, expected) => {
  const { filter } = connection();
  expect(() => serveMilter(filter, () => ({}), options)).toThrow(
    expect.objectContaining({ code: "bad-option", message: expect.stringContaining(expected) }),
  );
});
