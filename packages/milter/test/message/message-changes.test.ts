import { packet, strings, uint32 } from "@mailseal/testkit/milter-mta";
import { describe, expect, test } from "vitest";
import type { MilterHandler } from "../../src/handler.ts";
import { allActions, harness } from "../support/session-harness.ts";

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
    [
      "an action that was not negotiated",
      (changes) => changes.quarantine("x"),
      "action-not-negotiated",
    ],
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
