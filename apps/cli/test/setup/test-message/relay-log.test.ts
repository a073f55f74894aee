import { expect, test } from "vitest";
import { relayAccount } from "../../../src/setup/test-message/relay-log.ts";
import { type FakeRoot, fakeRoot } from "../../host/fake-root.ts";

const recipient = "test@mailseal-test.invalid";

function machineWith(lines: readonly string[]): FakeRoot {
  const machine = fakeRoot();
  machine.write("/log", `${lines.join("\n")}\n`);
  machine.write("/usr/bin/journalctl", '#!/bin/sh\ncat "$(dirname "$0")/../../log"\n', 0o755);
  return machine;
}

test("the last message to the recipient counts, with the reason that belongs to it", async () => {
  const { host } = machineWith([
    "Started mailseal-relay.service.",
    JSON.stringify({ queueId: "A", reason: "another", remedy: "thing", msg: "signature-failed" }),
    JSON.stringify({ queueId: "A", to: [recipient], result: "signed" }),
    JSON.stringify({ queueId: "B", reason: "user 997 may not read it", remedy: "chgrp it" }),
    JSON.stringify({ queueId: "B", to: [recipient], result: "not signed: key-unusable" }),
    JSON.stringify({ queueId: "C", to: ["other@example.net"], result: "signed" }),
  ]);
  expect(await relayAccount(host, recipient)).toEqual({
    result: "not signed: key-unusable",
    problem: "user 997 may not read it; chgrp it",
  });
});

test("a message without a reason has only its result", async () => {
  const { host } = machineWith([JSON.stringify({ to: [recipient], result: "signed" })]);
  expect(await relayAccount(host, recipient)).toEqual({ result: "signed" });
});

test("there is no account without a log in the journal", async () => {
  expect(await relayAccount(fakeRoot().host, recipient)).toBeUndefined();
  expect(await relayAccount(machineWith(["text"]).host, recipient)).toBeUndefined();
});
