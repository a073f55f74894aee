import { describe, expect, test } from "vitest";
import type { Answered } from "../../src/handler.ts";
import { commands, harness, noting, steps } from "../support/session-harness.ts";

const failures: readonly (readonly [string, () => Answered])[] = [
  [
    "throws",
    () => {
      throw new Error("oops");
    },
  ],
  ["rejects", () => Promise.reject(new Error("oops"))],
  ["answers nonsense", () => "nonsense" as "continue"],
];

describe.each(failures)("a handler that %s", (_name, fail) => {
  test.each(steps.slice(2))("at %s: the message is refused, the next goes on", async (at) => {
    const calls: string[] = [];
    let failing = true;
    const { mta, errors } = harness(() =>
      noting(calls, (step) => (step === at && failing ? fail() : undefined)),
    );
    await mta.negotiate();
    const upTo = steps.indexOf(at);
    for (const step of steps.slice(0, upTo)) expect(await mta.say(...commands[step])).toBe("c");
    expect(await mta.say(...commands[at])).toBe("t");
    expect(errors).toMatchObject([{ code: "handler-failed", step: at }]);
    expect(calls.at(-1)).toBe("abort");
    // What follows of this message is refused, and the handler hears no more of it.
    for (const step of steps.slice(upTo + 1)) expect(await mta.say(...commands[step])).toBe("t");
    expect(calls.at(-1)).toBe("abort");
    failing = false;
    for (const step of steps.slice(2)) expect(await mta.say(...commands[step])).toBe("c");
    expect(errors.length).toBe(1);
    expect(calls.filter((call) => call === "abort").length).toBe(1);
  });

  test.each(["connect", "helo", "unknown"] as const)("at %s: that is refused", async (at) => {
    const { mta, errors } = harness(() => noting([], (step) => (step === at ? fail() : undefined)));
    await mta.negotiate();
    if (at === "helo") await mta.say(...commands.connect);
    expect(await mta.say(...commands[at])).toBe("t");
    expect(errors).toMatchObject([{ code: "handler-failed", step: at }]);
  });
});

test("abort and close that fail are reported, and delay nothing", async () => {
  const { mta, session, errors } = harness(() => ({
    abort: () => Promise.reject(new Error("a")),
    close: () => {
      throw new Error("c");
    },
    connect: () => undefined,
    mailFrom: () => undefined,
  }));
  await mta.negotiate();
  await mta.say(...commands.connect);
  await mta.say(...commands.mailFrom);
  mta.vanish();
  await session.done;
  expect(errors).toMatchObject([{ step: "abort" }, { step: "close" }]);
});

test("a handler that cannot be made ends the session", async () => {
  const { mta, session, errors } = harness(() => {
    throw new Error("no key");
  });
  expect(await mta.replyOrEnd()).toBeUndefined();
  await session.done;
  expect(errors).toMatchObject([{ code: "handler-failed", cause: { message: "no key" } }]);
});
