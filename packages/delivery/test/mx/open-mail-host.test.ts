import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { authority, selfSigned, trust } from "@mailseal/testkit/certificates";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { TlsFront, type TlsReaction } from "@mailseal/testkit/tls-front";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { type MxOptions, openMailHost } from "../../src/mx/open-mail-host.ts";
import type { NextHopSession } from "../../src/next-hop/next-hop-session.ts";

const addresses: ReadonlyMap<string, string> = new Map([
  ["first.test", "127.0.0.2"],
  ["second.test", "127.0.0.1"],
]);

async function open(
  port: number,
  { tls = "opportunistic", hosts = ["second.test"], ...options }: OpenOptions = {},
): Promise<NextHopSession> {
  const session = await openMailHost("example.net", {
    resolver: {
      mx: async () => hosts.map((host, preference) => ({ host, preference })),
      addresses: async (host) => [addresses.get(host) ?? "127.0.0.3"],
      text: async () => "absent",
    },
    family: "any",
    addressLiterals: false,
    hostname: "us.test",
    random: () => 0,
    connection: {
      port,
      tls,
      verifyCertificate: false,
      connections: 1,
      messagesPerConnection: 1,
      connectTimeout: 500,
      commandTimeout: 500,
    },
    ...options,
  });
  onTestFinished(() => session.destroy("the test is over"));
  expect((await session.exchange(["NOOP"]))[0]?.code).toBe(250);
  return session;
}

interface OpenOptions extends Partial<Pick<MxOptions, "enforcedHosts">> {
  readonly tls?: "never" | "opportunistic" | "required";
  /** The best first. */
  readonly hosts?: readonly string[];
}

async function startSink(extensions: readonly string[] = []): Promise<SmtpSink> {
  const sink = await SmtpSink.start({ extensions });
  onTestFinished(() => sink.close());
  return sink;
}

async function startFront(reaction: TlsReaction): Promise<TlsFront> {
  const sink = await startSink(["STARTTLS"]);
  const front = await TlsFront.startTls(sink.port, reaction);
  onTestFinished(() => front.close());
  return front;
}

/** The better host, at the same port. */
async function startFirst(port: number, serve: (socket: Socket) => void): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  server.listen(port, "127.0.0.2");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
}

describe("if the best MX host cannot be used, mail goes to the next one", () => {
  const hosts = ["first.test", "second.test"];

  test("it refuses connections", async () => {
    const sink = await startSink();
    await open(sink.port, { hosts });
    expect(sink.connections).toBe(1);
  });

  test.each<[string, (socket: Socket) => void]>([
    ["it never greets", () => undefined],
    ["it hangs up", (socket) => socket.destroy()],
    ["it greets with 554", (socket) => socket.end("554 5.3.2 not today\r\n")],
    ["it greets with 421", (socket) => socket.end("421 4.3.2 busy\r\n")],
    [
      "it ends in EHLO",
      (socket) => {
        socket.write("220 first.test ESMTP\r\n");
        socket.once("data", () => socket.end());
      },
    ],
  ])("%s", async (_what, serve) => {
    const sink = await startSink();
    await startFirst(sink.port, serve);
    await open(sink.port, { hosts });
    expect(sink.connections).toBe(1);
  });

  test("if no host can be used, the error is that of the last one", async () => {
    const sink = await startSink();
    await sink.close();
    await expect(open(sink.port, { hosts })).rejects.toMatchObject({
      name: "TransientDeliveryError",
      message: expect.stringContaining("127.0.0.1"),
    });
  });
});

describe("RFC 7435: opportunistic TLS to an MX host", () => {
  const broken: readonly TlsReaction[] = [
    { type: "refused", reply: "454 4.7.0 TLS not available" },
    { type: "garbage" },
    { type: "closed" },
  ];

  test("accepts any certificate", async () => {
    const front = await startFront({ type: "tls", certificate: selfSigned() });
    await open(front.port);
    expect(front.secured).toBe(true);
  });

  test.each(broken)("delivers without TLS if TLS fails: $type", async (reaction) => {
    const front = await startFront(reaction);
    const session = await open(front.port);
    expect((await session.exchange(["NOOP"]))[0]?.host).toBe("second.test");
    expect(front.secured).toBe(false);
    expect(front.clear).toContain("NOOP");
  });

  test.each(broken)("tls: required skips the host: $type", async (reaction) => {
    const front = await startFront(reaction);
    await expect(open(front.port, { tls: "required" })).rejects.toMatchObject({
      name: "TransientDeliveryError",
    });
    expect(front.clear).not.toContain("NOOP");
  });
});

describe("RFC 8461: if the domain enforces its MTA-STS policy", () => {
  const trusted = authority();
  const distrust = trust(trusted);
  afterAll(distrust);

  const enforcedHosts = async (domain: string) =>
    domain === "example.net" ? (host: string) => host === "second.test" : undefined;
  const certificateOf = (name: string, days = 2): TlsReaction => ({
    type: "tls",
    certificate: trusted.issue(`DNS:${name}`, days),
  });

  test("mail goes to a host of the policy, by TLS with a valid certificate", async () => {
    const front = await startFront(certificateOf("second.test"));
    await open(front.port, { enforcedHosts, tls: "never" });
    expect(front.secured).toBe(true);
  });

  test("a better host that the policy does not name is skipped", async () => {
    const front = await startFront(certificateOf("second.test"));
    let asked = 0;
    await startFirst(front.port, () => void asked++);
    await open(front.port, { enforcedHosts, hosts: ["first.test", "second.test"] });
    expect(asked).toBe(0);
  });

  test("mail is deferred if the policy names none of the hosts", async () => {
    const sink = await startSink();
    await expect(open(sink.port, { enforcedHosts, hosts: ["first.test"] })).rejects.toMatchObject({
      reply: { code: 451, enhancedCode: "4.7.5" },
    });
    expect(sink.connections).toBe(0);
  });

  test.each<[string, () => TlsReaction]>([
    ["a certificate of another name", () => certificateOf("first.test")],
    ["a certificate that has run out", () => certificateOf("second.test", -1)],
    ["a certificate that nobody vouches for", () => ({ type: "tls", certificate: selfSigned() })],
    ["STARTTLS refused", () => ({ type: "refused", reply: "454 4.7.0 No" })],
    ["no TLS after STARTTLS", () => ({ type: "garbage" })],
  ])("%s: 4xx, and nothing is sent", async (_what, reaction) => {
    const front = await startFront(reaction());
    await expect(open(front.port, { enforcedHosts })).rejects.toMatchObject({
      reply: { code: 451, enhancedCode: "4.7.5" },
    });
    expect(front.clear).not.toContain("NOOP");
  });

  test("mail is deferred and not sent if the host has no STARTTLS", async () => {
    const sink = await startSink();
    await expect(open(sink.port, { enforcedHosts })).rejects.toMatchObject({
      reply: { code: 451 },
    });
  });
});
