import { expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const refused = "all recipients refused";

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
  const lines = log().filter(({ msg }) => msg === refused || msg === "message");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: "info",
    msg: refused,
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
    .poll(() => log().filter(({ msg }) => msg === refused))
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
  expect(log().filter(({ msg }) => msg === refused)).toEqual([]);
  expect(log().filter(({ msg }) => msg === "message")).toMatchObject([
    { recipients: 1, refused: ["ann@example.net: 550 5.1.1 no such user"] },
  ]);
});

test("a refused session and a refused sender are logged at level debug", async () => {
  const sink = await startSink();
  const { port, log } = await startRelay({
    nextHopPort: sink.port,
    listener: { clients: ["192.0.2.0/24"], name: "out" },
  });
  const client = await RawClient.connect(port);
  expect(await client.reply()).toMatch(/^554 5\.7\.1/);
  const { port: other, log: otherLog } = await startRelay({ nextHopPort: sink.port });
  const sender = await RawClient.greeted(other);
  expect(await sender.ask("MAIL FROM:<joe@example.com> HOLDFOR=1")).toMatch(/^555/);
  const debugLines = [...log(), ...otherLog()].filter(({ level }) => level === "debug");
  expect(debugLines).toMatchObject([
    {
      msg: "session refused",
      listener: "out",
      client: "127.0.0.1",
      reply: expect.stringMatching(/^554 5\.7\.1/),
    },
    { msg: "sender refused", reply: expect.stringMatching(/^555 5\.5\.4/) },
  ]);
});
