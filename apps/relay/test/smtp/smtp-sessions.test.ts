import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { signingPipeline, startRelay, testConfig } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

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

test("a MAIL whose check fails is deferred, and leaves no transaction that holds the config", async () => {
  const senders = { hook: true };
  const usersFile = writeTestFile(temporaryDirectory("test"), "users", "joe:word\n");
  const auth = { usersFile, allowWithoutTls: true, senders };
  let isClosed = false;
  const options = { nextHopPort: 1, listener: { auth } };
  const { port, relay, log } = await startRelay({
    ...options,
    sendersOf: () => Promise.reject(new Error("a defect")),
    onClose: () => {
      isClosed = true;
    },
  });
  const client = await RawClient.greeted(port);
  expect(await client.ask(`AUTH PLAIN ${Buffer.from("\0joe\0word").toString("base64")}`)).toMatch(
    /^235/,
  );
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await client.ask("MAIL FROM:<joe@example.com>")).toMatch(/^451 4\.3\.0/);
  }
  expect(log().filter(({ level }) => level === "error")).toHaveLength(3);
  const config = testConfig(options);
  await relay.reload({ config, pipeline: signingPipeline(), close: () => undefined });
  expect(isClosed).toBe(true);
});
