import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { countLocally, createLog, policyOf, Totals } from "@mailseal/service";
import { rowsOf, totalOf } from "@mailseal/stats";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import type { SmtpSinkOptions } from "@mailseal/testkit/smtp-sink";
import { expect, test } from "vitest";
import { Relay } from "../../src/relay.ts";
import { RawClient } from "../support/raw-client.ts";
import { afterThisTest, testConfig, testKey } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const silent = createLog({ level: "silent", format: "json" }, process.stdout);
const text = "From: joe@example.com\r\nX-Binding: made-up\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";

async function startCounted(react: SmtpSinkOptions["react"], listener = {}) {
  const sink = await startSink(react === undefined ? {} : { react });
  const config = testConfig({
    nextHopPort: sink.port,
    listener,
    config: { signing: { selector: "s1", keyText: testKey.toPem() } },
  });
  const totals = await Totals.open(config.statistics, silent);
  const counting = countLocally(config, totals);
  const policy = await policyOf(config, () => undefined, counting);
  const relay = await Relay.start(policy, { log: silent, traffic: counting.traffic });
  afterThisTest(() => relay.stop(0));
  afterThisTest(() => counting.close());
  const [address] = relay.addresses;
  const port = address !== undefined && "port" in address ? address.port : 0;
  const send = async (): Promise<string | undefined> => {
    const envelope = { mailFrom: "<joe@example.com>", rcptTo: ["<ann@example.net>"] };
    return (await submit({ ...envelope, port, message: Buffer.from(text) })).message;
  };
  return { send, totals, port };
}

test("a message that the next hop answers with 451 is not counted as signed until it is accepted", async () => {
  let refusals = 2;
  const { send, totals } = await startCounted(({ stage }) =>
    stage === "message" && refusals-- > 0 ? "451 4.2.0 Later" : undefined,
  );
  expect(await send()).toMatch(/^451/);
  expect(await send()).toMatch(/^451/);
  expect(totalOf(totals.snapshot(), "signing")).toMatchObject({ processed: 2, signed: 0 });
  expect(await send()).toMatch(/^250/);
  expect(totalOf(totals.snapshot(), "signing")).toMatchObject({ processed: 3, signed: 1 });
});

test("a binding that a client names but the config does not have gets no counter", async () => {
  const { send, totals } = await startCounted(undefined, { bindingHeader: "X-Binding" });
  expect(await send()).toMatch(/^[45]/);
  const snapshot = totals.snapshot();
  expect(totalOf(snapshot, "signing").signed).toBe(0);
  expect(rowsOf(snapshot, "signingByBinding")).toEqual([]);
  expect(JSON.stringify(snapshot)).not.toContain("made-up");
});

test("the outcome of each AUTH is counted", async () => {
  const usersFile = join(temporaryDirectory("test"), "users");
  writeFileSync(usersFile, "joe:right\n", { mode: 0o600 });
  const lockout = { failuresPerClient: 2, failureDelay: "0s" };
  const auth = { usersFile, allowWithoutTls: true, lockout };
  const { port, totals } = await startCounted(undefined, { auth });
  for (const word of ["right", "wrong", "wrong", "right"]) {
    const client = await RawClient.greeted(port);
    await client.ask(`AUTH PLAIN ${Buffer.from(`\0eve\0${word}`).toString("base64")}`);
  }
  const joe = await RawClient.greeted(port, "127.0.0.2");
  const login = Buffer.from("\0joe\0right").toString("base64");
  expect(await joe.ask(`AUTH PLAIN ${login}`)).toMatch(/^235/);
  const rows = rowsOf(totals.snapshot(), "logins");
  expect(rows.map(({ names, counters }) => [names.join(), counters.logins])).toEqual([
    ["failed", 2],
    ["locked-out", 2],
    ["accepted", 1],
  ]);
});
