import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configSchema } from "@mailseal/config";
import { createLog, logPolicyEvent, policyOf } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { expect, test } from "vitest";
import { Relay } from "../src/relay.ts";
import { RawClient } from "./support/raw-client.ts";
import { afterThisTest, testKey } from "./support/relay-under-test.ts";

const source = `export async function beforeSign(message) {
  if (message.get("X-Do") === "loop") for (;;);
  if (message.get("X-Do") === "leave") Promise.reject(new Error("left alone"));
}`;

test("a hook that loops or leaves a rejection unhandled gives 451 and a log line, and the relay keeps serving", async () => {
  const sink = await SmtpSink.start();
  afterThisTest(() => sink.close());
  const module = join(temporaryDirectory("test"), "hooks.mjs");
  writeFileSync(module, source);
  const config = configSchema.parse({
    hostname: "relay.test",
    signing: { selector: "s1", keyText: testKey.toPem() },
    hooks: { module, timeout: "1s" },
    bindings: { out: { nextHop: { host: "127.0.0.1", port: sink.port, tls: "never" } } },
    defaultBinding: "out",
    listeners: [{ protocol: "smtp", listen: "127.0.0.1:0", direction: "outbound" }],
  });
  const lines: string[] = [];
  const log = createLog({ level: "info", format: "json" }, { write: (line) => lines.push(line) });
  const policy = await policyOf(config, (event) => logPolicyEvent(log, event));
  const relay = await Relay.start(policy, { log });
  afterThisTest(() => relay.stop(0));
  const [address] = relay.addresses;
  const port = address !== undefined && "port" in address ? address.port : 0;
  const send = async (deed: string): Promise<string> => {
    const client = await RawClient.greeted(port);
    await client.toData();
    return client.ask(`From: joe@example.com\r\nX-Do: ${deed}\r\n\r\nAt noon?\r\n.`);
  };
  const replies = await Promise.all(["loop", "none", "leave"].map(send));
  expect(replies).toEqual([
    expect.stringMatching(/^451 4\.3\.0/),
    expect.stringMatching(/^250/),
    expect.stringMatching(/^451 4\.3\.0/),
  ]);
  const failed = lines.filter((line) => line.includes("hook-failed"));
  expect(failed.some((line) => line.includes("left alone"))).toBe(true);
  expect(failed.some((line) => line.includes("it does not return"))).toBe(true);
  expect(await send("none")).toMatch(/^250/);
  expect(sink.messages).toHaveLength(2);
});
