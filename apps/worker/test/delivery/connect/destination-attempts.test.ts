import { decodeQueuedMail } from "@mailseal/delivery";
import { expect, test } from "vitest";
import { DestinationAttempts } from "../../../src/delivery/connect/destination-attempts.ts";
import type { Outcome } from "../../../src/delivery/outcome.ts";
import type { ProcessedMail } from "../../../src/delivery/process-mail.ts";
import { content, startSink } from "../../worker-under-test.ts";
import { poolsAt } from "./destinations-under-test.ts";

const recipients = [{ address: "ann@a.example" }, { address: "bob@a.example" }];

function mailOf(chunks: () => Iterable<Uint8Array> = () => [content]): ProcessedMail {
  return {
    queued: decodeQueuedMail({
      id: "1",
      envelope: { from: "joe@sender.example", recipients },
      context: new Map([
        ["ascii", "true"],
        ["asciiHeader", "true"],
      ]),
    }),
    message: { sizeBytes: content.length, chunks },
    processed: {
      disposition: { action: "accept" },
      prepend: [],
      remove: [],
      binding: undefined,
      signatures: [],
    },
  };
}

function attemptsAt(port: number): {
  readonly deliver: (domain?: string, mail?: ProcessedMail) => Promise<readonly Outcome[]>;
  readonly pass: (ms: number) => void;
} {
  let nowMs = 0;
  const attempts = new DestinationAttempts({
    pools: poolsAt(port),
    elapsedMs: () => nowMs,
    unreachableMs: 60_000,
  });
  return {
    deliver: (domain = "a.example", mail = mailOf()) =>
      attempts.deliver(`mx ${domain}`, { kind: "mx", domain }, 1, mail, recipients),
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

test("each recipient has the outcome of its reply", async () => {
  const sink = await startSink({
    react: ({ stage, line }) =>
      stage === "rcpt" && line.includes("bob") ? "550 5.1.1 No such user" : undefined,
  });
  expect(await attemptsAt(sink.port).deliver()).toMatchObject([
    { recipient: recipients[0], outcome: "delivered", takesDsn: true },
    { recipient: recipients[1], outcome: "failed", reply: { enhancedCode: "5.1.1" } },
  ]);
});

test("a destination that cannot be reached is not tried again for a while, others are", async () => {
  const sink = await startSink({
    react: ({ stage, connection }) =>
      stage === "connect" && connection === 0 ? "421 4.3.2 Busy" : undefined,
  });
  const { deliver, pass } = attemptsAt(sink.port);
  const deferred = [{ outcome: "deferred" }, { outcome: "deferred" }];
  expect(await deliver()).toMatchObject(deferred);
  pass(59_999);
  expect(await deliver()).toMatchObject(deferred);
  expect(sink.connections).toBe(1);
  expect(await deliver("b.example")).toMatchObject([{ outcome: "delivered" }, {}]);
  pass(1);
  expect(await deliver()).toMatchObject([{ outcome: "delivered" }, {}]);
});

test("a message that cannot be read is deferred, and its destination stays reachable", async () => {
  const sink = await startSink();
  const { deliver } = attemptsAt(sink.port);
  const broken = mailOf(() => {
    throw new Error("the disk is gone");
  });
  expect(await deliver("a.example", broken)).toMatchObject([
    { outcome: "deferred", reply: { code: 451, enhancedCode: "4.3.0" } },
    { outcome: "deferred" },
  ]);
  expect(await deliver()).toMatchObject([{ outcome: "delivered" }, { outcome: "delivered" }]);
});
