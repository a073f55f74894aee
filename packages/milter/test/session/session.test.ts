import { everyStep, packet, strings, uint32 } from "@mailseal/testkit/milter-mta";
import { describe, expect, test } from "vitest";
import type { Answer, MilterHandler } from "../../src/handler.ts";
import { smtpReply } from "../../src/wire/smtp-reply.ts";
import {
  allActions,
  commands,
  harness,
  noting,
  silenceable,
  steps,
} from "../support/session-harness.ts";

const wholeMessage = steps.slice(2);

test("calls the handler for every step, and answers each", async () => {
  const calls: string[] = [];
  const { mta, session } = harness(() => noting(calls));
  await mta.negotiate();
  for (const step of steps) expect(await mta.say(...commands[step])).toBe("c");
  expect(await mta.say(...commands.unknown)).toBe("c");
  mta.send(packet("Q"));
  await session.done;
  expect(calls).toEqual([
    "connect host",
    "helo mx",
    "mailFrom a@x",
    "rcptTo b@x",
    "data",
    "header Subject: s",
    "endOfHeaders",
    "body text\r\n",
    "endOfMessage",
    "unknown FOO",
    "close",
  ]);
  expect(mta.unread).toEqual([]);
});

test("the last of the body may come with the end of the message", async () => {
  const calls: string[] = [];
  const { mta } = harness(() => noting(calls));
  await mta.negotiate();
  for (const step of steps.slice(0, 8)) await mta.say(...commands[step]);
  expect(await mta.say("E", "rest")).toBe("c");
  expect(calls.slice(-2)).toEqual(["body rest", "endOfMessage"]);
});

test("takes several messages in one connection, each with macros of its own", async () => {
  const seen: unknown[] = [];
  const { mta } = harness(() => ({
    ...noting([]),
    endOfMessage: (_changes, { macros }) => void seen.push(Object.fromEntries(macros.all())),
  }));
  await mta.negotiate();
  mta.send(packet("D", "C", strings("j", "mx", "{daemon_name}", "d")));
  await mta.say(...commands.connect);
  await mta.say(...commands.helo);
  mta.send(packet("D", "M", strings("i", "first", "{auth_authen}", "ann")));
  for (const step of wholeMessage) await mta.say(...commands[step]);
  mta.send(packet("D", "M", strings("i", "second")));
  await mta.say(...commands.mailFrom);
  // A later step hides an earlier one; letters of no step, and halves of pairs, are passed over.
  mta.send(packet("D", "R", strings("i", "third", "odd")), packet("D", "?", strings("i", "no")));
  for (const step of wholeMessage.slice(1)) await mta.say(...commands[step]);
  expect(seen).toEqual([
    { j: "mx", daemon_name: "d", i: "first", auth_authen: "ann" },
    { j: "mx", daemon_name: "d", i: "third" },
  ]);
});

test("macros of the step of a new message survive the end of one given up", async () => {
  const seen: unknown[] = [];
  const { mta } = harness(() => ({
    connect: () => undefined,
    mailFrom: (_sender, { macros }) => void seen.push(macros.get("{i}"), macros.get("r")),
  }));
  await mta.negotiate();
  await mta.say(...commands.connect);
  mta.send(packet("D", "M", strings("i", "1")));
  await mta.say(...commands.mailFrom);
  mta.send(packet("D", "R", strings("r", "x")), packet("D", "M", strings("i", "2")));
  await mta.say(...commands.mailFrom);
  expect(seen).toEqual(["1", undefined, "2", undefined]);
});

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

test("QUIT_NC begins a connection anew, with a handler and macros of its own", async () => {
  const calls: string[] = [];
  let handlers = 0;
  const { mta } = harness(() => {
    const own = ++handlers;
    return {
      connect: (_client, { macros }) => void calls.push(`${own} ${macros.get("j")}`),
      close: () => void calls.push(`${own} close`),
    };
  });
  await mta.negotiate();
  mta.send(packet("D", "C", strings("j", "x")));
  await mta.say(...commands.connect);
  mta.send(packet("K"));
  await mta.say(...commands.connect);
  expect(calls).toEqual(["1 x", "1 close", "2 undefined"]);
});

test("what a silent connect answered does not outlive its connection", async () => {
  let answer: Answer = "reject";
  const { mta } = harness(() => ({ ...noting([]), connect: () => answer }), {
    silentSteps: ["connect"],
  });
  await mta.negotiate();
  mta.send(packet(...commands.connect));
  expect(await mta.say(...commands.helo)).toBe("r");
  expect(await mta.say(...commands.mailFrom)).toBe("r");
  answer = "continue";
  mta.send(packet("K"), packet(...commands.connect));
  expect(await mta.say(...commands.helo)).toBe("c");
});

describe("out of order", () => {
  const { connect, mailFrom, rcptTo, header, endOfHeaders, body, endOfMessage, data } = commands;
  test.each([
    ["a step before the negotiation", [], connect],
    ["HELO before CONNECT", ["negotiate"], commands.helo],
    ["CONNECT twice", ["negotiate", connect], connect],
    ["RCPT before MAIL", ["negotiate", connect], rcptTo],
    ["EOM before MAIL", ["negotiate", connect], endOfMessage],
    ["EOM twice", ["negotiate", connect, mailFrom, endOfMessage], endOfMessage],
    ["RCPT after HEADER", ["negotiate", connect, mailFrom, header], rcptTo],
    ["DATA after HEADER", ["negotiate", connect, mailFrom, header], data],
    ["HEADER after EOH", ["negotiate", connect, mailFrom, endOfHeaders], header],
    ["EOH twice", ["negotiate", connect, mailFrom, endOfHeaders], endOfHeaders],
    ["HEADER after BODY", ["negotiate", connect, mailFrom, body], header],
    ["a second negotiation", ["negotiate"], ["O", uint32(6, 0, 0)]],
    ["a packet that is none", ["negotiate"], ["Z", ""]],
    ["a malformed packet", ["negotiate"], ["H", "no end"]],
  ] as const)("%s ends the session, and is told", async (_name, before, [letter, payload]) => {
    const calls: string[] = [];
    const { mta, session, errors } = harness(() => noting(calls));
    for (const step of before) {
      if (step === "negotiate") await mta.negotiate();
      else await mta.say(...step);
    }
    mta.send(packet(letter, payload));
    expect(await mta.replyOrEnd()).toBeUndefined();
    await session.done;
    expect(errors).toMatchObject([{ code: "protocol-violation" }]);
    expect(calls.at(-1)).toBe("close");
  });

  test("steps that the filter does not want may come all the same, and in any place", async () => {
    const calls: string[] = [];
    const { endOfMessage: method } = noting(calls);
    const { mta } = harness(() => (method === undefined ? {} : { endOfMessage: method }));
    await mta.negotiate({ steps: 0 });
    for (const step of steps) expect(await mta.say(...commands[step])).toBe("c");
    expect(calls).toEqual(["endOfMessage"]);
  });

  test("a client whose DATA is refused may go on with RCPT", async () => {
    let refuse: Answer = "tempfail";
    const { mta } = harness(() => ({ ...noting([]), data: () => refuse }));
    await mta.negotiate();
    for (const step of steps.slice(0, 4)) await mta.say(...commands[step]);
    expect(await mta.say(...commands.data)).toBe("t");
    expect(await mta.say(...commands.rcptTo)).toBe("c");
    refuse = "continue";
    for (const step of steps.slice(4)) expect(await mta.say(...commands[step])).toBe("c");
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

  test("are answered where the MTA waits for an answer", async () => {
    const { mta } = harness(() => noting([]), { silentSteps });
    await mta.negotiate({ steps: 0 });
    for (const step of steps) expect(await mta.say(...commands[step])).toBe("c");
  });

  test.each(silentSteps)("what %s answers is said at the next answer", async (at) => {
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

  test.each(silentSteps)("what %s throws is said at the next answer", async (at) => {
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

describe("changes", () => {
  const everyChange: NonNullable<MilterHandler["endOfMessage"]> = (changes) => {
    changes.replaceBody([Buffer.alloc(65_536, "a"), Buffer.from("b")]);
    changes.addHeader("A", " 1");
    changes.insertHeader(0, "B", " 2\r\n\t3\r\n");
    changes.changeHeader("C", 2, " 4");
    changes.deleteHeader("D", 1);
    changes.changeSender("", ["SIZE=1"]);
    changes.addRecipient("<e@x>");
    changes.addRecipient("f@x", ["NOTIFY=NEVER", "ORCPT=rfc822;g"]);
    changes.deleteRecipient("h@x");
    changes.quarantine("held");
  };
  const actions = allActions;

  test("are sent in order, the body last, before the answer", async () => {
    const { mta } = harness(() => ({ endOfMessage: everyChange }), { actions });
    await mta.negotiate();
    mta.send(packet("E"));
    const received: [string, string][] = [];
    for (let letter = ""; letter !== "c";) {
      const reply = await mta.reply();
      ({ letter } = reply);
      received.push([letter, reply.payload.toString("latin1")]);
    }
    const number = (value: number): string => uint32(value).toString("latin1");
    expect(received).toEqual([
      ["h", strings("A", " 1")],
      ["i", number(0) + strings("B", " 2\n\t3")],
      ["m", number(2) + strings("C", " 4")],
      ["m", number(1) + strings("D", "")],
      ["e", strings("<>", "SIZE=1")],
      ["+", strings("<e@x>")],
      ["2", strings("<f@x>", "NOTIFY=NEVER ORCPT=rfc822;g")],
      ["-", strings("<h@x>")],
      ["q", "held\0"],
      ["b", "a".repeat(65_535)],
      ["b", "a"],
      ["b", "b"],
      ["c", ""],
    ]);
  });

  test.each(["reject", "tempfail", "discard"] as const)("are dropped with %s", async (answer) => {
    const { mta } = harness(
      () => ({
        endOfMessage: async (changes, context) => {
          await everyChange(changes, context);
          return answer;
        },
      }),
      { actions },
    );
    await mta.negotiate();
    expect(await mta.say("E")).toBe(answer.slice(0, 1));
    expect(mta.unread).toEqual([]);
  });

  test("an empty body replaces one too", async () => {
    const { mta } = harness(
      () => ({ endOfMessage: (changes) => changes.replaceBody(new Uint8Array()) }),
      { actions },
    );
    await mta.negotiate();
    expect(await mta.say("E")).toBe("b");
  });

  test("a body whose source fails has the message refused", async () => {
    const { mta, errors } = harness(
      () => ({
        endOfMessage: (changes) =>
          changes.replaceBody(
            (async function* () {
              yield await Promise.resolve(Buffer.from("part"));
              throw new Error("disk\r\nfull");
            })(),
          ),
      }),
      { actions },
    );
    await mta.negotiate();
    expect(await mta.say("E")).toBe("bpart");
    expect((await mta.reply()).letter).toBe("t");
    expect(errors).toMatchObject([
      {
        code: "handler-failed",
        message: String.raw`endOfMessage of the handler failed: "disk\r\nfull"`,
      },
    ]);
  });

  test.each<[string, NonNullable<MilterHandler["endOfMessage"]>, string]>([
    ["what was not asked for", (changes) => changes.quarantine("x"), "action-not-negotiated"],
    ["a name with a colon", (changes) => changes.addHeader("A:", " x"), "bad-header-name"],
    [
      "a name with a line ending",
      (changes) => changes.deleteHeader("A\r\nB", 1),
      "bad-header-name",
    ],
    [
      "a value with a field of its own",
      (changes) => changes.addHeader("A", " x\nB: y"),
      "bad-header-value",
    ],
    ["a change to nothing", (changes) => changes.changeHeader("A", 1, ""), "bad-header-value"],
    ["the zeroth of a name", (changes) => changes.deleteHeader("A", 0), "bad-value"],
    ["half an index", (changes) => changes.insertHeader(0.5, "A", ""), "bad-value"],
    ["an address of two lines", (changes) => changes.changeSender("a@x\r\n"), "bad-value"],
    ["a parameter with a space", (changes) => changes.changeSender("a@x", ["A B"]), "bad-value"],
  ])("%s cannot be sent", async (_name, endOfMessage, code) => {
    const { mta, errors } = harness(() => ({ endOfMessage }), {
      actions: ["add-headers", "change-headers", "change-sender"],
    });
    await mta.negotiate();
    expect(await mta.say("E")).toBe("t");
    expect(errors).toMatchObject([{ code: "handler-failed", cause: { code } }]);
  });

  test("come too late after the answer", async () => {
    let late: (() => void) | undefined;
    const { mta } = harness(
      () => ({
        endOfMessage: (changes) => {
          late = () => changes.addHeader("A", " x");
        },
      }),
      { actions },
    );
    await mta.negotiate();
    expect(await mta.say("E")).toBe("c");
    expect(late).toThrow(expect.objectContaining({ code: "changes-closed" }));
  });
});
