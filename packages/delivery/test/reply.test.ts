import { expect, test } from "vitest";
import { isPositive, refusal, ReplyError, replyLine, replyText, toClient } from "../src/reply.ts";

test.each([
  [199, false],
  [200, true],
  [250, true],
  [299, true],
  [354, false],
  [451, false],
  [550, false],
])("a reply of %i is positive: %s", (code, positive) => {
  expect(isPositive({ code, text: "" })).toBe(positive);
});

test.each([
  [{ code: 250, text: "Ok" }, 250, "Ok"],
  [{ code: 451, text: "Later" }, 451, "Later"],
  [{ code: 550, enhancedCode: "5.1.1", text: "No such user" }, 550, "No such user"],
  // 421 would end the client's connection.
  [{ code: 421, text: "Closing" }, 451, "Closing"],
  [{ code: 354, text: "Go on" }, 451, "the next hop answered 354"],
])("the client gets for %j: %i %s", (reply, code, text) => {
  expect(toClient(reply)).toMatchObject({ code, text });
});

test("a reply is one printable line in a log", () => {
  expect(replyLine(refusal(550, "5.1.1", "no\nsuch user"))).toBe("550 5.1.1 no such user");
  const hostile = replyLine({ code: 451, text: "a\u001b[31m\u0007" });
  expect(hostile).toMatch(/^451 a/);
  expect(hostile).not.toMatch(/\p{Cc}/u);
});

test("each line for a client begins with the enhanced code (RFC 2034 4), or with one that fits the reply", () => {
  expect(replyText(refusal(550, "5.1.1", "no\nsuch user"))).toBe("5.1.1 no\n5.1.1 such user");
  expect(replyText({ code: 450, text: "later" })).toBe("4.0.0 later");
});

test("smtp-server gets the code and the text of a reply as an error", () => {
  expect(new ReplyError(refusal(452, "4.3.1", "full"))).toMatchObject({
    name: "ReplyError",
    responseCode: 452,
    message: "4.3.1 full",
  });
});
