import { packet, strings } from "@mailseal/testkit/milter-mta";
import { expect, test } from "vitest";
import type { Answer } from "../../src/handler.ts";
import { commands, harness, noting, steps } from "../support/session-harness.ts";

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

test("QUIT_NC starts a new connection, with a handler and macros of its own", async () => {
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

test("the answer to a silent connect does not outlive its connection", async () => {
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
