import { expect, test } from "vitest";
import { MailsealError } from "../src/index.ts";

test("an error has a code, a message and a cause, and names its class", () => {
  const cause = new Error("ECONNREFUSED");
  const error = new MailsealError("queue-unavailable", "cannot reach the queue", { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "MailsealError",
    code: "queue-unavailable",
    message: "cannot reach the queue",
    cause,
  });
  expect(String(error)).toBe("MailsealError: cannot reach the queue");
});

test("a subclass narrows the code and keeps its own name", () => {
  class LedgerError extends MailsealError {
    declare readonly code: "ledger-full" | "ledger-closed";

    constructor(code: LedgerError["code"], message: string) {
      super(code, message);
      this.name = "LedgerError";
    }
  }
  const error = new LedgerError("ledger-full", "no room");
  expect(error).toBeInstanceOf(MailsealError);
  expect(error).toMatchObject({ name: "LedgerError", code: "ledger-full" });
});
