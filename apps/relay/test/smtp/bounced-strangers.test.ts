import { configSchema, type SmtpListener } from "@mailseal/config";
import { openQueue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import { describe, expect, test } from "vitest";
import { ClientTrust } from "../../src/smtp/client-trust.ts";
import { afterThisTest, passingPipeline, startRelay } from "../support/relay-under-test.ts";

function trustOf(listener: Record<string, unknown>): ClientTrust {
  const { listeners } = configSchema.parse({
    listeners: [{ protocol: "smtp", listen: "127.0.0.1:0", mode: "queue", ...listener }],
  });
  return new ClientTrust(listeners[0] as SmtpListener);
}

const inbound = { direction: "inbound", clients: ["0.0.0.0/0", "::/0"] };
const stranger = { address: "192.0.2.7", user: undefined };

describe("the sender of a client's mail gets a bounce", () => {
  test.each([
    ["a stranger", inbound, stranger, "foreign-client"],
    ["an unknown client", inbound, { address: undefined, user: undefined }, "foreign-client"],
    ["a login", inbound, { ...stranger, user: "joe" }, undefined],
    ["this machine", inbound, { address: "127.0.0.1", user: undefined }, undefined],
    ["a unix socket", inbound, { address: "", user: undefined }, undefined],
    ["a relay network", { ...inbound, relayNetworks: ["192.0.2.0/24"] }, stranger, undefined],
    ["a stranger, by an option", { ...inbound, bounceStrangers: true }, stranger, undefined],
    [
      "a client of an outbound listener",
      { direction: "outbound", clients: ["192.0.2.0/24"] },
      stranger,
      undefined,
    ],
    [
      "this machine, bounces off",
      { ...inbound, bounces: "off" },
      { address: "::1", user: undefined },
      "listener",
    ],
  ])("%s", (_who, listener, client, noBounce) => {
    expect(trustOf(listener).noBounce(client)).toBe(noBounce);
  });
});

test("the reason for no bounce is stored in the queue for the worker", async () => {
  const file = `${temporaryDirectory("test")}/queue.db`;
  const { port } = await startRelay({
    nextHopPort: 25,
    listener: { mode: "queue", direction: "inbound", bounces: "off", name: "mx" },
    config: { queue: { file }, bindings: { out: {} } },
    pipeline: passingPipeline(),
  });
  const queue = await openQueue({ file });
  afterThisTest(() => queue.close());
  await submit({
    port,
    mailFrom: "<joe@example.com>",
    rcptTo: ["<ann@example.net>", "<ann@bücher.example>"],
    message: Buffer.from("From: joe@example.com\r\n\r\nhi\r\n"),
  });
  const leases = await queue.take(10);
  expect(leases.map(({ message }) => message.route).toSorted()).toEqual([
    "mx example.net by out",
    // A domain that is UTF-8 routes by its A-label.
    "mx xn--bcher-kva.example by out",
  ]);
  for (const { message } of leases) {
    expect(message.context.get("untold")).toBe("listener");
    expect(message.context.get("listener")).toBe("mx");
    expect(message.context.get("destinations")).toBe("2");
  }
});
