import { packet, uint32 } from "@mailseal/testkit/milter-mta";
import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/handler.ts";
import { commands, harness, noting, steps } from "../support/session-harness.ts";

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
  ] as const)("%s ends the session, and is reported", async (_name, before, [letter, payload]) => {
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
