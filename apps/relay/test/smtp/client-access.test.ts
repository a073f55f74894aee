import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startLimited } from "../support/limited-relay.ts";
import { RawClient } from "../support/raw-client.ts";
import { startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

test("loopback and relayNetworks have no limits per minute unless rateExceptions sets them", async () => {
  const sink = await startSink();
  const { port } = await startRelay({
    nextHopPort: sink.port,
    config: { limits: { messagesPerMinute: 1 } },
  });
  const client = await RawClient.greeted(port);
  for (let count = 0; count < 3; count++) {
    expect(await client.ask("MAIL FROM:<joe@example.com>")).toMatch(/^250/);
    await client.ask("RSET");
  }
});

describe("limits of clients", () => {
  test("connections in total and per client", async () => {
    const { port } = await startLimited({ connectionsPerClient: 2 });
    await RawClient.greeted(port);
    const second = await RawClient.greeted(port);
    const third = await RawClient.connect(port);
    expect(await third.reply()).toMatch(/^421 4\.7\.0/);
    await second.ask("QUIT");
    expect(await second.reply()).toBe("");
  });

  test("a client outside the networks of the listener is refused", async () => {
    const { port } = await startLimited({}, { clients: ["192.0.2.0/24"] });
    const client = await RawClient.connect(port);
    expect(await client.reply()).toMatch(/^554 5\.7\.1/);
  });

  test("connections of one listener do not close another", async () => {
    const sink = await startSink();
    const { port, relay } = await startRelay({
      nextHopPort: sink.port,
      config: {
        limits: { connections: 2 },
        listeners: [
          { protocol: "smtp", listen: "127.0.0.1:0", direction: "outbound" },
          { protocol: "milter", listen: "127.0.0.1:0", direction: "auto" },
        ],
      },
    });
    const clients = [await RawClient.greeted(port), await RawClient.greeted(port)];
    expect(clients).toHaveLength(2);
    const third = await RawClient.connect(port);
    expect(await third.reply()).toMatch(/^421 4\.7\.0 too many connections/);
    const milter = relay.addresses.at(-1);
    const socket = connect(milter !== undefined && "port" in milter ? milter.port : 0, "127.0.0.1");
    // The milter answers the negotiation of version 6, so it has accepted the connection.
    socket.write(Buffer.from("0000000d4f00000006000001ff00000000", "hex"));
    const [answer] = (await new Promise((resolve) => {
      socket.once("data", (chunk) => resolve([chunk]));
      socket.once("close", () => resolve(["closed"]));
    })) as [Buffer | string];
    expect(String(answer).includes("O")).toBe(true);
    socket.destroy();
  });

  test("messages, recipients and connections per minute", async () => {
    const sink = await startSink();
    const { port } = await startRelay({
      nextHopPort: sink.port,
      config: {
        limits: {
          messagesPerMinute: 2,
          recipientsPerMinute: 3,
          connectionsPerMinute: 2,
          rateExceptions: [],
        },
      },
    });
    const client = await RawClient.greeted(port);
    const mail = (): Promise<string> => client.ask("MAIL FROM:<a@example.com>");
    const to = (): Promise<string> => client.ask("RCPT TO:<b@example.net>");
    expect(await mail()).toMatch(/^250/);
    expect([await to(), await to(), await to()].join()).not.toMatch(/450/);
    expect(await to()).toMatch(/^450 4\.7\.0 too many recipients/);
    await client.ask("RSET");
    expect(await mail()).toMatch(/^250/);
    await client.ask("RSET");
    expect(await mail()).toMatch(/^450 4\.7\.0 too many messages/);
    await RawClient.greeted(port);
    const third = await RawClient.connect(port);
    expect(await third.reply()).toMatch(/^421 4\.7\.0 too many connections a minute/);
  });
});

describe("behind XCLIENT", () => {
  async function startBehind(limits: Record<string, unknown>) {
    const sink = await startSink();
    const { port } = await startRelay({
      nextHopPort: sink.port,
      listener: { relayNetworks: ["127.0.0.1"], xclient: true },
      config: { limits },
    });
    return async (address: string): Promise<string> => {
      const client = await RawClient.greeted(port);
      expect(await client.ask(`XCLIENT ADDR=${address}`)).toMatch(/^220/);
      await client.ask("EHLO there.test");
      return client.ask("MAIL FROM:<joe@example.com>");
    };
  }

  test("rates apply to the client that the proxy reports, not to the proxy", async () => {
    const mailOf = await startBehind({ messagesPerMinute: 1 });
    expect(await mailOf("192.0.2.1")).toMatch(/^250/);
    expect(await mailOf("192.0.2.1")).toMatch(/^450 4\.7\.0 too many messages/);
    expect(await mailOf("192.0.2.2")).toMatch(/^250/);
    expect(await mailOf("IPV6:2001:db8::1")).toMatch(/^250/);
    expect(await mailOf("IPV6:2001:db8::2")).toMatch(/^450/);
    // Clients in relayNetworks have no limits per minute.
    expect(await mailOf("127.0.0.1")).toMatch(/^250/);
    expect(await mailOf("127.0.0.1")).toMatch(/^250/);
  });

  test("clients with an unknown address share one rate", async () => {
    const mailOf = await startBehind({ messagesPerMinute: 1 });
    expect(await mailOf("[UNAVAILABLE]")).toMatch(/^250/);
    expect(await mailOf("[UNAVAILABLE]")).toMatch(/^450/);
    expect(await mailOf("192.0.2.1")).toMatch(/^250/);
  });
});
