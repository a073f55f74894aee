import { connection, everyStep, packet } from "@mailseal/testkit/milter-mta";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Answer, Answered, MilterHandler } from "../../src/handler.ts";
import { serveMilter } from "../../src/serve-milter.ts";
import type { OptionalStep } from "../../src/wire/protocol.ts";
import {
  commands,
  harness,
  limits,
  noting,
  progressIntervalMs,
  steps,
} from "../support/session-harness.ts";

const forever = new Promise<void>(() => {});

/** A promise, and what settles it. */
function deferred<Value>(): { readonly promise: Promise<Value>; resolve(value: Value): void } {
  let settle: (value: Value) => void = () => {};
  const promise = new Promise<Value>((resolve) => (settle = resolve));
  return { promise, resolve: (value) => settle(value) };
}

/** A handler that hangs at one step, and reports that it does. */
function hanging(at: string, calls: string[], reached: () => void): MilterHandler {
  return noting(calls, (step): Answered => {
    if (step !== at) return undefined;
    reached();
    return forever;
  });
}

test("what onError throws is dropped", async () => {
  const { filter, mta } = connection();
  const handler: MilterHandler = {
    endOfMessage: () => {
      throw new Error("x");
    },
  };
  serveMilter(filter, () => handler, {
    onError: () => {
      throw new Error("y");
    },
  });
  await mta.negotiate();
  expect(await mta.say("E")).toBe("t");
  expect(await mta.say("E")).toBe("t");
  mta.vanish();
});

describe("time", () => {
  test.each(steps)("%s has its limit", async (at) => {
    const calls: string[] = [];
    const reached = deferred<void>();
    const handler = hanging(at, calls, () => reached.resolve());
    const { mta, errors, timers } = harness(() => handler);
    await mta.negotiate();
    for (const step of steps.slice(0, steps.indexOf(at))) await mta.say(...commands[step]);
    mta.send(packet(...commands[at]));
    await reached.promise;
    timers.fire(at === "endOfMessage" ? limits.endOfMessageMs : limits.stepMs);
    expect((await mta.reply()).letter).toBe("t");
    expect(errors).toMatchObject([{ code: "handler-timeout", step: at }]);
    expect(timers.has(progressIntervalMs)).toBe(false);
  });

  test("no timer is left behind by what came in time", async () => {
    const handler = noting([], () => Promise.resolve());
    const { mta, session, timers } = harness(() => handler);
    await mta.negotiate();
    for (const step of steps) await mta.say(...commands[step]);
    await new Promise(setImmediate);
    expect(timers.pending).toEqual([limits.commandMs]);
    mta.vanish();
    await session.done;
    expect(timers.pending).toEqual([]);
  });

  test("progress is reported while the end of a message is pending, and only then", async () => {
    const answer = deferred<void>();
    const reached = deferred<void>();
    const { mta, timers } = harness(() => ({
      endOfMessage: () => {
        reached.resolve();
        return answer.promise;
      },
    }));
    await mta.negotiate();
    mta.send(packet("E"));
    await reached.promise;
    timers.fire(progressIntervalMs);
    expect((await mta.reply()).letter).toBe("p");
    timers.fire(progressIntervalMs);
    expect((await mta.reply()).letter).toBe("p");
    answer.resolve();
    expect((await mta.reply()).letter).toBe("c");
    expect(timers.has(progressIntervalMs)).toBe(false);
  });

  test.each([
    ["the negotiation", limits.negotiationMs, false],
    ["the next command", limits.commandMs, true],
  ])("the MTA has a limit for %s", async (_name, limitMs, negotiated) => {
    const calls: string[] = [];
    const { mta, session, errors, timers } = harness(() => noting(calls));
    if (negotiated) await mta.negotiate();
    // The session's own turn comes first.
    await new Promise(setImmediate);
    timers.fire(limitMs);
    await session.done;
    expect(errors).toMatchObject([{ code: "mta-timeout" }]);
    expect(calls).toEqual(["close"]);
    expect(await mta.replyOrEnd()).toBeUndefined();
  });

  test("an MTA that takes no bytes does not hold the session for ever", async () => {
    const stuck = deferred<void>();
    const { session, errors, timers, mta } = harness(
      () => ({
        endOfMessage: (changes) =>
          changes.replaceBody(
            (function* () {
              for (let count = 0; count < 100; count++) {
                if (count === 99) stuck.resolve();
                yield Buffer.alloc(65_535);
              }
            })(),
          ),
      }),
      { actions: ["change-body"] },
    );
    await mta.negotiate();
    mta.pause();
    mta.send(packet("E"));
    while (!timers.has(limits.writeMs)) await new Promise(setImmediate);
    await new Promise(setImmediate);
    timers.fire(limits.writeMs);
    await session.done;
    expect(errors).toMatchObject([{ code: "mta-timeout" }]);
  });
});

describe("an MTA that vanishes", () => {
  test.each(steps)("while %s is pending is noticed, and the handler is notified", async (at) => {
    const calls: string[] = [];
    const reached = deferred<AbortSignal>();
    const base = noting(calls);
    const hang = (context: { readonly signal: AbortSignal }): Promise<void> => {
      reached.resolve(context.signal);
      return forever;
    };
    const handler: MilterHandler = {
      ...base,
      [at]: (...given: readonly unknown[]) => hang(given.at(-1) as { signal: AbortSignal }),
    };
    const { mta, session, errors } = harness(() => handler);
    await mta.negotiate();
    for (const step of steps.slice(0, steps.indexOf(at))) await mta.say(...commands[step]);
    mta.send(packet(...commands[at]));
    const signal = await reached.promise;
    expect(signal.aborted).toBe(false);
    mta.vanish();
    await session.done;
    expect(signal.aborted).toBe(true);
    expect(calls.slice(-2)).toEqual(
      ["connect", "helo"].includes(at) ? [...calls.slice(-2, -1), "close"] : ["abort", "close"],
    );
    expect(errors).toEqual([]);
  });

  test("while a new body is read is noticed", async () => {
    const calls: string[] = [];
    const reached = deferred<void>();
    const body = async function* (): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from("part");
      reached.resolve();
      await forever;
    };
    const { mta, session, errors } = harness(
      () => ({ ...noting(calls), endOfMessage: (changes) => changes.replaceBody(body()) }),
      { actions: ["change-body"] },
    );
    await mta.negotiate();
    for (const step of steps.slice(0, 8)) await mta.say(...commands[step]);
    mta.send(packet("E"));
    await reached.promise;
    mta.vanish();
    await session.done;
    expect(calls.slice(-2)).toEqual(["abort", "close"]);
    expect(errors).toEqual([]);
  });

  test("before it says anything", async () => {
    const calls: string[] = [];
    const { mta, session, errors } = harness(() => noting(calls));
    mta.vanish();
    await session.done;
    expect([calls, errors]).toEqual([["close"], []]);
  });

  test("by a reset is a failure of the connection", async () => {
    const calls: string[] = [];
    const { mta, session, errors } = harness(() => noting(calls));
    await mta.negotiate();
    mta.reset();
    await session.done;
    expect(errors.map(({ code }) => code)).toEqual(["transport-failed"]);
    expect(calls).toEqual(["close"]);
  });

  test("in the middle of a packet", async () => {
    const { mta, session, errors } = harness(() => ({}));
    await mta.negotiate();
    mta.send(packet("H", "x\0").subarray(0, 6));
    mta.vanish();
    await session.done;
    expect(errors).toEqual([]);
  });
});

test("any packets in any order: nothing rejects, and the handler gets each message once", async () => {
  const known = Object.values(commands).map(([letter, payload]) => packet(letter, payload));
  const others = [packet("A"), packet("K"), packet("D", "Mi\0x\0"), packet("D"), packet("Z")];
  const anyPacket = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...known) },
    { weight: 3, arbitrary: fc.constantFrom(...others) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  );
  const offered = fc.constantFrom(0, everyStep, 0x3ff);
  const anyAnswer = fc.constantFrom<Answer>("continue", "reject", "accept", "skip");
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyPacket, { maxLength: 40 }),
      offered,
      fc.infiniteStream(fc.oneof({ weight: 5, arbitrary: fc.constant("continue") }, anyAnswer)),
      fc.subarray(steps.slice(0, 8)),
      async (packets, offer, answers, silentSteps) => {
        const calls: string[] = [];
        const { filter, mta } = connection();
        let made = 0;
        const session = serveMilter(
          filter,
          () => {
            made += 1;
            return noting(calls, () => answers.next().value as Answer);
          },
          { silentSteps: silentSteps as OptionalStep[] },
        );
        await mta.negotiate({ steps: offer });
        mta.send(...packets);
        mta.vanish();
        await session.done;
        expect(calls.filter((call) => call === "close").length).toBe(made);
        expect(calls.at(-1)).toBe("close");
        expect(mta.unread.length).toBeLessThanOrEqual(packets.length);
        const seen = calls
          .filter((call) => /^(?:mailFrom|abort|endOfMessage)/.test(call))
          .join(" ");
        expect(seen).not.toMatch(
          /endOfMessage (?:abort|endOfMessage)|abort (?:abort|endOfMessage)/,
        );
      },
    ),
  );
});

describe("the end on our side", () => {
  test("stop: at once between messages", async () => {
    const { mta, session } = harness(() => noting([]));
    await mta.negotiate();
    await mta.say(...commands.connect);
    session.stop();
    await session.done;
    expect(await mta.replyOrEnd()).toBeUndefined();
  });

  test("stop: after the message in progress", async () => {
    const calls: string[] = [];
    const { mta, session, errors } = harness(() => noting(calls));
    await mta.negotiate();
    for (const step of steps.slice(0, 5)) await mta.say(...commands[step]);
    session.stop();
    for (const step of steps.slice(5)) expect(await mta.say(...commands[step])).toBe("c");
    await session.done;
    expect(calls.slice(-2)).toEqual(["endOfMessage", "close"]);
    expect(errors).toEqual([]);
    expect(await mta.replyOrEnd()).toBeUndefined();
  });

  test("stop: before anything", async () => {
    const { session, mta } = harness(() => ({}));
    session.stop();
    await session.done;
    expect(await mta.replyOrEnd()).toBeUndefined();
  });

  test("destroy: in the middle, whatever is pending", async () => {
    const calls: string[] = [];
    const reached = deferred<void>();
    const { mta, session } = harness(() => hanging("endOfMessage", calls, () => reached.resolve()));
    await mta.negotiate();
    for (const step of steps.slice(0, 8)) await mta.say(...commands[step]);
    mta.send(packet("E"));
    await reached.promise;
    session.destroy();
    await session.done;
    expect(calls.slice(-2)).toEqual(["abort", "close"]);
  });
});
