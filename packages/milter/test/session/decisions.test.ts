import { everyStep, packet } from "@mailseal/testkit/milter-mta";
import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/handler.ts";
import { smtpReply } from "../../src/wire/smtp-reply.ts";
import { commands, harness, noting, silenceable, steps } from "../support/session-harness.ts";

const wholeMessage = steps.slice(2);

describe("a message is given up", () => {
  test.each<[string, readonly Uint8Array[], readonly string[], string]>([
    ["ABORT", [packet("A")], ["abort"], ""],
    ["ABORT twice", [packet("A"), packet("A")], ["abort"], ""],
    ["a new message", [packet("M", "<n@x>\0")], ["abort", "mailFrom n@x"], "c"],
    ["HELO", [packet("H", "again\0")], ["abort", "helo again"], "c"],
    ["QUIT", [packet("Q")], ["abort", "close"], "end"],
    ["QUIT_NC", [packet("K")], ["abort", "close"], ""],
  ])("by %s", async (_name, packets, expected, reply) => {
    const calls: string[] = [];
    const { mta, session } = harness(() => noting(calls));
    await mta.negotiate();
    for (const step of steps.slice(0, 6)) await mta.say(...commands[step]);
    calls.length = 0;
    mta.send(...packets);
    if (reply === "c") expect((await mta.reply()).letter).toBe("c");
    else if (reply === "end") await session.done;
    else expect(await mta.say("U", "sync\0")).toBe("c");
    expect(calls.filter((call) => call !== "unknown sync")).toEqual(expected);
  });

  test("by the end of the connection", async () => {
    const calls: string[] = [];
    const { mta, session, errors } = harness(() => noting(calls));
    await mta.negotiate();
    for (const step of steps.slice(0, 6)) await mta.say(...commands[step]);
    mta.vanish();
    await session.done;
    expect(calls.slice(-2)).toEqual(["abort", "close"]);
    expect(errors).toEqual([]);
  });

  test("nothing is given up between messages", async () => {
    const calls: string[] = [];
    const { mta, session } = harness(() => noting(calls));
    await mta.negotiate();
    for (const step of steps) await mta.say(...commands[step]);
    mta.send(packet("A"));
    mta.vanish();
    await session.done;
    expect(calls.slice(-2)).toEqual(["endOfMessage", "close"]);
  });
});

describe("answers", () => {
  const own = smtpReply({ code: 550, enhancedCode: "5.1.1", text: "No" });
  test.each<[Answer | undefined, string]>([
    [undefined, "c"],
    ["continue", "c"],
    ["accept", "a"],
    ["reject", "r"],
    ["tempfail", "t"],
    ["discard", "d"],
    ["shutdown", "4"],
    ["connection-failure", "f"],
    [own, "y550 5.1.1 No|"],
  ])("%j at every step, at once and later", async (answer, expected) => {
    for (const at of [...steps, "unknown"] as const) {
      for (const given of [answer, Promise.resolve(answer)]) {
        const handler = noting([], (step) => (step === at ? given : undefined));
        const { mta, session } = harness(() => handler);
        await mta.negotiate();
        const before = at === "unknown" ? [] : steps.slice(0, steps.indexOf(at));
        for (const step of before) await mta.say(...commands[step]);
        expect(await mta.say(...commands[at])).toBe(expected);
        session.destroy();
      }
    }
  });

  test.each<[Answer]>([["accept"], ["discard"], ["reject"], ["tempfail"], [own]])(
    "%j ends a message for the handler: no more steps, no abort",
    async (answer) => {
      const calls: string[] = [];
      const { mta } = harness(() =>
        noting(calls, (step) => (step === "header" ? answer : undefined)),
      );
      await mta.negotiate();
      for (const step of steps.slice(0, 5)) await mta.say(...commands[step]);
      const first = await mta.say(...commands.header);
      // An MTA that goes on all the same hears the same again.
      expect(await mta.say(...commands.endOfMessage)).toBe(first);
      mta.send(packet("A"));
      expect(await mta.say(...commands.mailFrom)).toBe("c");
      expect(calls.slice(-2)).toEqual(["header Subject: s", "mailFrom a@x"]);
    },
  );

  test("a refused recipient is one only", async () => {
    const calls: string[] = [];
    const { mta } = harness(() =>
      noting(calls, (step) => (step === "rcptTo" ? "reject" : undefined)),
    );
    await mta.negotiate();
    for (const step of steps.slice(0, 3)) await mta.say(...commands[step]);
    expect(await mta.say(...commands.rcptTo)).toBe("r");
    expect(await mta.say("R", "<c@x>\0")).toBe("r");
    expect(calls.slice(-2)).toEqual(["rcptTo b@x", "rcptTo c@x"]);
  });

  test.each([
    ["the MTA knows it", everyStep, "s"],
    ["the MTA does not", everyStep & ~0x400, "c"],
  ])("skip where %s: the handler sees no more of it", async (_name, offered, expected) => {
    const calls: string[] = [];
    const { mta } = harness(() =>
      noting(calls, (step) => (["body", "header"].includes(step) ? "skip" : undefined)),
    );
    await mta.negotiate({ steps: offered });
    for (const step of steps.slice(0, 5)) await mta.say(...commands[step]);
    // MTAs know it for the body only.
    expect(await mta.say(...commands.header)).toBe("c");
    expect(await mta.say(...commands.header)).toBe("c");
    expect(await mta.say(...commands.body)).toBe(expected);
    expect(await mta.say("E", "more")).toBe("c");
    expect(calls.slice(-3)).toEqual(["header Subject: s", "body text\r\n", "endOfMessage"]);
    for (const step of wholeMessage) await mta.say(...commands[step]);
    expect(calls.filter((call) => call.startsWith("body")).length).toBe(2);
  });
});

describe("silent steps", () => {
  const silentSteps = silenceable;

  test("have no reply", async () => {
    const calls: string[] = [];
    const { mta } = harness(() => noting(calls), { silentSteps });
    await mta.negotiate();
    mta.send(...steps.slice(0, 8).map((step) => packet(...commands[step])));
    expect((await mta.ask(...commands.endOfMessage)).letter).toBe("c");
    expect(mta.unread).toEqual([]);
    expect(calls.length).toBe(9);
  });

  test("are answered if the MTA waits for an answer", async () => {
    const { mta } = harness(() => noting([]), { silentSteps });
    await mta.negotiate({ steps: 0 });
    for (const step of steps) expect(await mta.say(...commands[step])).toBe("c");
  });

  test.each(silentSteps)("the decision of %s is sent with the next answer", async (at) => {
    const calls: string[] = [];
    const { mta } = harness(() => noting(calls, (step) => (step === at ? "reject" : undefined)), {
      silentSteps,
    });
    await mta.negotiate();
    mta.send(...steps.slice(0, 8).map((step) => packet(...commands[step])));
    expect((await mta.ask(...commands.endOfMessage)).letter).toBe("r");
    expect(mta.unread).toEqual([]);
    expect(calls.length).toBe(steps.indexOf(at) + 1);
  });

  test.each(silentSteps)("the failure of %s is sent with the next answer", async (at) => {
    const { mta, errors } = harness(
      () =>
        noting([], (step) => {
          if (step === at) throw new Error("oops");
          return undefined;
        }),
      { silentSteps },
    );
    await mta.negotiate();
    mta.send(...steps.slice(0, 8).map((step) => packet(...commands[step])));
    expect((await mta.ask(...commands.endOfMessage)).letter).toBe("t");
    expect(errors).toMatchObject([{ code: "handler-failed", step: at }]);
  });
});
