import type { MailContext } from "@mailseal/policy";
import { expect, test } from "vitest";
import { fromQueueContext, toQueueContext } from "../src/queued-mail.ts";

const context: MailContext = {
  direction: "outbound",
  queueId: "Q1",
  listener: "submission",
  binding: "out",
  remoteAddress: "192.0.2.7",
  heloName: "client.test",
  authUser: "joe",
  relayNetwork: true,
  submitter: true,
  receivedMs: 1_790_000_000_123,
  unsigned: "foreign-client",
  variables: new Map([["tls_version", "TLSv1.3"]]),
};
const needs = { ascii: true, asciiHeader: false };

test("what a front end knows of a message comes out of the queue as it went in", () => {
  const mail = { context, needs, todo: "none" } as const;
  expect(fromQueueContext(toQueueContext(mail), "other")).toEqual(mail);
});

test("a reason of another version not to sign is one all the same", () => {
  const kept = new Map([
    ...toQueueContext({ context, needs, todo: "pipeline" }),
    ["unsigned", "new"],
  ]);
  expect(fromQueueContext(kept, "").context.unsigned).toBe("foreign-client");
});
