import { MailsealError } from "@mailseal/errors";
import { expect, test } from "vitest";
import { leaseLost, QueueError } from "../src/errors.ts";

test.each([
  ["queue-full", true],
  ["queue-unavailable", true],
  ["queue-corrupt", false],
  ["lease-lost", false],
  ["body-missing", false],
] as const)("%s: temporary is %j", (code, temporary) => {
  const error = new QueueError(code, "reason");
  expect(error).toBeInstanceOf(MailsealError);
  expect({ name: error.name, code: error.code, temporary: error.temporary }).toEqual({
    name: "QueueError",
    code,
    temporary,
  });
});

test("control characters in a reason are made printable", () => {
  expect(new QueueError("body-failed", "bad\u001B[2Jreason").message).not.toContain("\u001B");
});

test("a lost lease names the message", () => {
  expect(leaseLost("abcde-1")).toMatchObject({
    code: "lease-lost",
    message: expect.stringContaining("the lease on abcde-1 has ended"),
  });
});
