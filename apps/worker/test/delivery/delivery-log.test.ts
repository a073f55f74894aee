import { decodeQueuedMail } from "@mailseal/delivery";
import { expect, test } from "vitest";
import { logDelivery } from "../../src/delivery/delivery-log.ts";
import { forAll, type Outcome } from "../../src/delivery/outcome.ts";
import type { Settled } from "../../src/delivery/settle/settlement.ts";
import { collectedLog, type LogLine } from "../collected-log.ts";

const recipients = Array.from({ length: 12 }, (_, at) => ({ address: `a${at}@example.net` }));

function logged(
  settled: Settled,
  outcomes: readonly Outcome[],
  from = "joe@sender.example",
): readonly LogLine[] {
  const { log, lines } = collectedLog();
  const message = {
    id: "1",
    envelope: { from, recipients },
    context: new Map([["queueId", "Q1"]]),
    route: "mx example.net",
    sizeBytes: 1,
    firstSeenMs: 0,
    attempt: 3,
  };
  logDelivery(log, message, decodeQueuedMail(message), outcomes, 17, settled);
  return lines;
}

const reply = { code: 550, enhancedCode: "5.1.1", text: "No\nsuch user" };

test("an attempt is one line with its outcomes, its first reply and its first ten recipients", () => {
  const [line, ...others] = logged({ how: "retry" }, [
    ...forAll(recipients.slice(0, 1), "failed", reply, { of: "other", cause: "no key" }),
    ...forAll(recipients.slice(1), "deferred", { code: 451, text: "Later" }),
  ]);
  expect(line).toMatchObject({
    level: "info",
    msg: "delivery",
    id: "1",
    queueId: "Q1",
    from: "joe@sender.example",
    recipients: 12,
    to: recipients.slice(0, 10).map(({ address }) => address),
    route: "mx example.net",
    attempt: 3,
    outcomes: ["failed", "deferred"],
    reply: "550 5.1.1 No such user",
    cause: "no key",
    durationMs: 17,
    settled: "retry",
  });
  expect(others).toEqual([]);
});

test.each<[string, Settled, Outcome["outcome"], string, string]>([
  [
    "a dead letter",
    { how: "dead", reason: "550 No" },
    "failed",
    "joe@sender.example",
    "dead letter",
  ],
  [
    "a lost bounce",
    { how: "dead", reason: "550 No" },
    "failed",
    "",
    "mail of the null sender, a bounce for instance, could not be delivered",
  ],
  [
    "a sender who gets no bounce",
    { how: "done", noBounce: "it is automatic mail" },
    "failed",
    "joe@sender.example",
    "the sender gets no bounce",
  ],
  [
    "a delivery whose lease was lost",
    { how: "lease-lost" },
    "delivered",
    "joe@sender.example",
    "delivered, but its lease was lost: another worker may deliver it again",
  ],
])("%s is a warning as well", (_, settled, outcome, from, msg) => {
  const lines = logged(settled, forAll(recipients, outcome, reply), from);
  expect(lines.map(({ level }) => level)).toEqual(["info", "warn"]);
  expect(lines[1]).toMatchObject({ msg, id: "1", queueId: "Q1", from });
});

test("a lost lease without a delivery is no warning, because the message is delivered later", () => {
  const lines = logged({ how: "lease-lost" }, forAll(recipients, "deferred", reply));
  expect(lines.map(({ level }) => level)).toEqual(["info"]);
});
