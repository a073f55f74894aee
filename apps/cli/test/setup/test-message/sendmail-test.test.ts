import { appendFileSync } from "node:fs";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { expect, onTestFinished, test } from "vitest";
import { testThroughSendmail } from "../../../src/setup/test-message/sendmail-test.ts";
import { type FakeRoot, fakeRoot } from "../../host/fake-root.ts";

const mailbox = "/var/mail/mailseal";

/** A machine whose mail server appends what it gets to the mailbox of the user mailseal. */
async function startMachine(): Promise<{
  readonly machine: FakeRoot;
  readonly place: { readonly host: string; readonly port: number };
}> {
  const machine = fakeRoot();
  const deliver = `(echo "From - Fri Nov 27 10:00:00 2026"; cat; echo) >> "$root${mailbox}"`;
  machine.write(
    "/usr/sbin/sendmail",
    `#!/bin/sh\nroot=$(cd "$(dirname "$0")/../.." && pwd)\n${deliver}\n`,
    0o755,
  );
  machine.write("/var/mail/.keep", "");
  const sink = await SmtpSink.start({
    onMessage: ({ bytes }) => {
      const text = bytes.toString("latin1").replaceAll("\r\n", "\n");
      appendFileSync(machine.path(mailbox), `From - Fri Nov 27 10:00:00 2026\n${text}\n`);
    },
  });
  onTestFinished(() => sink.close());
  return { machine, place: { host: "127.0.0.1", port: sink.port } };
}

test("the messages are read from the mailbox as they were sent, and nothing of them is left", async () => {
  const { machine, place } = await startMachine();
  const outcomes = await testThroughSendmail(machine.host, "example.com", place);
  expect(outcomes.map(({ way, result }) => [way, result])).toEqual([
    ["by SMTP", "arrived"],
    ["by sendmail(1)", "arrived"],
  ]);
  for (const outcome of outcomes) {
    if (outcome.result === "arrived") expect(outcome.bytes.equals(outcome.mail.bytes)).toBe(true);
  }
  expect(machine.has(mailbox)).toBe(false);
});

test("other mail in the mailbox stays", async () => {
  const { machine, place } = await startMachine();
  const other = "From a Fri Nov 27 09:00:00 2026\nSubject: x\n\nhello\n\n";
  machine.write(mailbox, other);
  const [outcome] = await testThroughSendmail(machine.host, "example.com", place);
  expect(outcome?.result).toBe("arrived");
  expect(machine.read(mailbox)).toBe(other);
});
