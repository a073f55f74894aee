import { configSchema } from "@mailseal/config";
import { keySource } from "@mailseal/dns-record";
import { createPipeline } from "@mailseal/policy";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { reportMessage } from "@mailseal/testkit/milter-report";
import { describe, expect, test } from "vitest";
import { startMilterRelay } from "../support/milter-relay.ts";
import { RawClient } from "../support/raw-client.ts";
import { startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const fields = ["From: joe@example.com", "Subject: Lunch", "X-A: b", "X-B: c"];
const limits = [
  ["headerFields", { headerFields: 3 }, "552 5.3.4 the message has too many header fields"],
  ["headerSize", { headerSize: 30 }, "552 5.3.4 the header of the message is too large"],
] as const;

async function sent(port: number): Promise<string> {
  const client = await RawClient.greeted(port);
  await client.toData();
  client.send(`${fields.join("\r\n")}\r\n\r\nAt noon?\r\n.\r\n`);
  return client.reply();
}

describe.each(limits)("beyond limits.%s", (_name, limit, reply) => {
  test("a message is refused in proxy mode", async () => {
    const { port: nextHopPort } = await startSink();
    const { port, relay } = await startRelay({ nextHopPort, config: { limits: limit } });
    expect((await sent(port)).trim()).toBe(reply);
    expect(relay.load.spoolBytes).toBe(0);
  });

  test("a message is refused in queue mode", async () => {
    const { port, relay } = await startRelay({
      nextHopPort: 25,
      listener: { mode: "queue" },
      config: {
        limits: limit,
        queue: { file: `${temporaryDirectory("test")}/queue.db` },
        bindings: { out: {} },
      },
    });
    expect((await sent(port)).trim()).toBe(reply);
    expect(relay.load.spoolBytes).toBe(0);
  });

  test("a message is refused by the milter", async () => {
    const { address, relay } = await startMilterRelay({ config: { limits: limit } });
    const port = Number(address.split(":").at(-1));
    const { answer } = await reportMessage(port, { header: fields });
    expect(answer).toBe(`y${reply}`);
    expect(relay.load.spoolBytes).toBe(0);
  });
});

test("a header at the limit is accepted, although the relay adds its own Received field", async () => {
  const config = { limits: { headerFields: fields.length } };
  const pipeline = await createPipeline(configSchema.parse(config), {
    dnsKeys: keySource({ resolveTxt: async () => ({ status: "nxdomain" }) }),
    hostname: "relay.test",
  });
  const { port: nextHopPort, messages } = await startSink();
  const { port } = await startRelay({ nextHopPort, pipeline, config });
  expect(await sent(port)).toMatch(/^250 /);
  expect(messages).toHaveLength(1);
});
