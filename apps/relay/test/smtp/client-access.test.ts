import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

function usersFile(): string {
  const file = join(temporaryDirectory("test"), "users");
  writeFileSync(file, "alice:right\nbob:right\n", { mode: 0o600 });
  return file;
}

function plain(user: string, password: string): string {
  return `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString("base64")}`;
}

async function startWithAuth(lockout: Record<string, unknown> = {}) {
  const sink = await startSink();
  const auth = {
    usersFile: usersFile(),
    allowWithoutTls: true,
    lockout: { failureDelay: "0s", ...lockout },
  };
  return startRelay({ nextHopPort: sink.port, listener: { auth } });
}

describe("AUTH", () => {
  test("locks a client out after failuresPerClient failures, and logs it", async () => {
    const { port, log } = await startWithAuth({ failuresPerClient: 2 });
    const client = await RawClient.greeted(port);
    expect(await client.ask(plain("alice", "wrong"))).toMatch(/^535 5\.7\.8/);
    expect(await client.ask(plain("alice", "wrong"))).toMatch(/^535 5\.7\.8/);
    expect(await client.ask(plain("alice", "right"))).toMatch(/^454 4\.7\.0 too many failed/);
    expect(log().filter(({ msg }) => msg === "login failed")).toMatchObject([
      { client: "127.0.0.1", login: "alice", reason: "failed" },
      { login: "alice" },
    ]);
    // Another client is not.
    const other = await RawClient.greeted(port, "127.0.0.2");
    expect(await other.ask(plain("alice", "right"))).toMatch(/^235/);
  });

  test("locks a login out for all clients but those that logged in before", async () => {
    const { port } = await startWithAuth({ failuresPerClient: 0, failuresPerLogin: 2 });
    const owner = await RawClient.greeted(port, "127.0.0.2");
    expect(await owner.ask(plain("alice", "right"))).toMatch(/^235/);
    const guesser = await RawClient.greeted(port);
    for (const password of ["a", "b"]) {
      expect(await guesser.ask(plain("alice", password))).toMatch(/^535/);
    }
    expect(await guesser.ask(plain("alice", "right"))).toMatch(/^454/);
    expect(await guesser.ask(plain("bob", "right"))).toMatch(/^235/);
    const again = await RawClient.greeted(port, "127.0.0.2");
    expect(await again.ask(plain("alice", "right"))).toMatch(/^235/);
  });

  test("a good login is checked before waiting guesses", async () => {
    const { port } = await startWithAuth({ failuresPerClient: 0, failuresPerLogin: 0 });
    const guessers = await Promise.all(
      Array.from({ length: 30 }, () => RawClient.greeted(port, "127.0.0.3")),
    );
    let answered = 0;
    const guesses = guessers.map(async (it) => {
      expect(await it.ask(plain("bob", "wrong"))).toMatch(/^(?:535|454)/);
      answered += 1;
    });
    const owner = await RawClient.greeted(port, "127.0.0.2");
    expect(await owner.ask(plain("alice", "right"))).toMatch(/^235/);
    expect(answered).toBeLessThan(30);
    await Promise.all(guesses);
  });
});

test("loginsPerMinute", async () => {
  const sink = await startSink();
  const { port } = await startRelay({
    nextHopPort: sink.port,
    listener: { auth: { usersFile: usersFile(), allowWithoutTls: true } },
    config: { limits: { loginsPerMinute: 1, rateExceptions: [] } },
  });
  const first = await RawClient.greeted(port);
  expect(await first.ask(plain("alice", "right"))).toMatch(/^235/);
  const second = await RawClient.greeted(port);
  expect(await second.ask(plain("alice", "right"))).toMatch(
    /^454 4\.7\.0 too many logins a minute/,
  );
});

describe("a client that talks before the greeting", () => {
  async function startGreeting(greetingDelay: string, limits: Record<string, unknown> = {}) {
    const sink = await startSink();
    return startRelay({
      nextHopPort: sink.port,
      listener: { greetingDelay },
      config: { limits },
    });
  }

  test("is refused without delay if its octets arrive with the connection", async () => {
    const { port, log } = await startGreeting("0s");
    const client = await RawClient.connect(port, "127.0.0.1", "EHLO client.test\r\n");
    expect(await client.reply()).toMatch(/^554 5\.5\.1/);
    expect(await client.reply()).toBe("");
    expect(log().some(({ msg }) => msg === "client talked before the greeting")).toBe(true);
  });

  test("is refused for a part of a command within greetingDelay", async () => {
    const { port } = await startGreeting("1h", { rateExceptions: [] });
    const client = await RawClient.connect(port);
    client.send("E");
    expect(await client.reply()).toMatch(/^554 5\.5\.1/);
    expect(await client.reply()).toBe("");
  });

  test("gets the greeting without delay on loopback", async () => {
    const { port } = await startGreeting("1h");
    const client = await RawClient.connect(port);
    expect(await client.reply()).toMatch(/^220 /);
  });
});

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
    // The negotiation of version 6 is answered: the connection is taken.
    socket.write(Buffer.from("0000000d4f00000006000001ff00000000", "hex"));
    const [answer] = (await new Promise((resolve) => {
      socket.once("data", (chunk) => resolve([chunk]));
      socket.once("close", () => resolve(["closed"]));
    })) as [Buffer | string];
    expect(String(answer).includes("O")).toBe(true);
    socket.destroy();
  });

  test("a client that talks before the greeting is refused", async () => {
    const sink = await startSink();
    const { port } = await startRelay({
      nextHopPort: sink.port,
      listener: { greetingDelay: "1s" },
      config: { limits: { rateExceptions: [] } },
    });
    const socket = connect(port, "127.0.0.1");
    socket.write("EHLO early.example\r\n");
    expect(await text(socket)).toBe("554 5.5.1 commands before the greeting are refused\r\n");
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
    // Who is in relayNetworks has no rates.
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

describe("local parts", () => {
  test.each(['"a b"', '"a@b"', '"a\\"b"', '"a>b"', "o'neil+tag"])(
    "%s is taken, and passed on as it is",
    async (local) => {
      const sink = await startSink();
      const { port } = await startRelay({ nextHopPort: sink.port });
      const client = await RawClient.greeted(port);
      expect(await client.ask(`MAIL FROM:<${local}@example.com>`)).toMatch(/^250/);
      expect(await client.ask(`RCPT TO:<${local}@example.net>`)).toMatch(/^250/);
      expect(await client.ask("DATA")).toMatch(/^354/);
      expect(await client.ask("From: a@example.com\r\n\r\nhi\r\n.")).toMatch(/^250/);
      expect(JSON.stringify(sink.messages)).toContain(
        JSON.stringify(`${local}@example.net`).slice(1, -1),
      );
    },
  );

  test.each(['a"b', '"a"b', "a b", 'a"b"', "a,b", '"a', '"a\\"', '"a"@b', "a(b)", "a\\b"])(
    "%s is refused",
    async (local) => {
      const sink = await startSink();
      const { port } = await startRelay({ nextHopPort: sink.port });
      const client = await RawClient.greeted(port);
      expect(await client.ask(`MAIL FROM:<${local}@example.com>`)).toMatch(/^501/);
      await client.ask("MAIL FROM:<>");
      expect(await client.ask(`RCPT TO:<${local}@example.com>`)).toMatch(/^501/);
    },
  );
});
