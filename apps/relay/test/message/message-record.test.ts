import { refusal } from "@mailseal/delivery";
import type { MailContext } from "@mailseal/policy";
import { createLog, noTraffic } from "@mailseal/service";
import { describe, expect, test } from "vitest";
import { MessageRecord } from "../../src/message/message-record.ts";
import { RawClient } from "../support/raw-client.ts";
import { startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const allRefused = "all recipients refused";

async function startRefusing(recipients: RegExp) {
  const sink = await startSink({
    react: ({ stage, line }) =>
      stage === "rcpt" && recipients.test(line) ? "550 5.1.1 no such user" : undefined,
  });
  return startRelay({ nextHopPort: sink.port });
}

test("a transaction whose recipients were all refused has one line", async () => {
  const { port, log } = await startRefusing(/./);
  const client = await RawClient.greeted(port);
  await client.ask("MAIL FROM:<joe@example.com>");
  await client.ask("RCPT TO:<ann@example.net>");
  await client.ask("RCPT TO:<b\u007fb@example.net>");
  expect(await client.ask("DATA")).toMatch(/^503/);
  expect(await client.ask("RSET")).toMatch(/^250/);
  expect(await client.ask("QUIT")).toMatch(/^221/);
  const lines = log().filter(({ msg }) => msg === allRefused || msg === "message");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: "info",
    msg: allRefused,
    client: "127.0.0.1",
    from: "joe@example.com",
    recipients: 0,
    refused: expect.arrayContaining(["ann@example.net: 550 5.1.1 no such user"]),
    reply: "550 5.1.1 no such user",
  });
  expect(lines[0]?.["queueId"]).toMatch(/^\w+$/);
});

test("a transaction whose next hop is unreachable has one line with the reason", async () => {
  const { port, log } = await startRelay({ nextHopPort: 1 });
  const client = await RawClient.greeted(port);
  await client.ask("MAIL FROM:<joe@example.com>");
  expect(await client.ask("RCPT TO:<ann@example.net>")).toMatch(/^451 4\.4\.1/);
  client.vanish();
  await expect
    .poll(() => log().filter(({ msg }) => msg === allRefused))
    .toMatchObject([
      {
        reply: expect.stringMatching(/^451 4\.4\.1/),
        fault: expect.stringContaining("ECONNREFUSED"),
      },
    ]);
});

test("a transaction with an accepted recipient has only the line of its message", async () => {
  const { port, log } = await startRefusing(/ann/);
  const client = await RawClient.greeted(port);
  await client.ask("MAIL FROM:<joe@example.com>");
  await client.ask("RCPT TO:<ann@example.net>");
  await client.ask("RCPT TO:<bob@example.net>");
  await client.ask("DATA");
  client.send("From: joe@example.com\r\n\r\nHi\r\n.\r\n");
  expect(await client.reply()).toMatch(/^250/);
  expect(await client.ask("RSET")).toMatch(/^250/);
  expect(log().filter(({ msg }) => msg === allRefused)).toEqual([]);
  expect(log().filter(({ msg }) => msg === "message")).toMatchObject([
    { recipients: 1, refused: ["ann@example.net: 550 5.1.1 no such user"] },
  ]);
});

describe("the line of a message", () => {
  const context: MailContext = {
    direction: "outbound",
    queueId: "1A",
    listener: "out",
    relayNetwork: true,
    variables: new Map(),
  };
  const recipients = Array.from({ length: 12 }, (_, number) => ({ address: `a${number}@b.test` }));

  /** A record of a message that took 7 ms, and the lines that it has logged. */
  function recorded() {
    const lines: string[] = [];
    let nowMs = 0;
    const log = createLog({ level: "info", format: "json" }, { write: (line) => lines.push(line) });
    const generation = { log, traffic: noTraffic, elapsedMs: () => nowMs };
    const record = new MessageRecord(generation, "smtp", context, "joe@example.com");
    nowMs = 7;
    return { record, lines: () => lines.map((line) => JSON.parse(line) as object) };
  }

  test("names ten recipients and ten refusals, and counts the others", () => {
    const { record, lines } = recorded();
    for (const { address } of recipients) {
      record.refusedRecipient(address, refusal(550, "5.1.1", "no such recipient here"));
    }
    record.end(recipients, { code: 250, enhancedCode: "2.0.0", text: "OK" });
    record.endWithoutRecipients();
    const [line, ...others] = lines();
    expect(others).toEqual([]);
    expect(line).toMatchObject({ recipients: 12, ms: 7, reply: "250 2.0.0 OK", queueId: "1A" });
    const { to, refused } = line as { to: string[]; refused: string[] };
    expect([to.length, refused.length]).toEqual([10, 10]);
  });

  test("has the causes of an error, and no more than four of them", () => {
    const { record, lines } = recorded();
    const error = ["e", "d", "c", "b", "a"].reduce<Error | undefined>(
      (cause, text) => new Error(text, { cause }),
      undefined,
    );
    record.fault(error);
    record.fault("not an error");
    record.end([]);
    expect(lines()).toMatchObject([{ fault: "a: b: c: d", msg: "message" }]);
  });

  test("is absent if no recipient was ever asked for", () => {
    const { record, lines } = recorded();
    record.endWithoutRecipients();
    expect(lines()).toEqual([]);
  });
});
