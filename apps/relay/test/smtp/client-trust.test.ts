import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { startSigning } from "../support/signing-relay.ts";

const message = "From: joe@example.com\r\nSubject: x\r\n\r\nhi\r\n.\r\n";
/** 127.0.0.2 may connect as 127.0.0.1 does, and no loopback address is in a relay network. */
const front = { clients: ["127.0.0.0/8"], relayNetworks: ["127.0.0.1"], xclient: true };

async function sendBy(client: RawClient): Promise<string> {
  await client.toData();
  client.send(message);
  return client.reply();
}

describe("XCLIENT", () => {
  test("from a host in relayNetworks sets the client and its login", async () => {
    const { port, sink, lines } = await startSigning(front, { signCondition: ["authUser"] });
    const client = await RawClient.connect(port);
    await client.reply();
    expect(await client.ask("EHLO front.test")).toContain("XCLIENT");
    expect(await client.ask("XCLIENT ADDR=192.0.2.7 LOGIN=joe")).toMatch(/^220/);
    await client.ask("EHLO there.test");
    expect(await sendBy(client)).toMatch(/^250/);
    expect(sink.messages[0]?.bytes.toString()).toContain("from there.test ([192.0.2.7])");
    expect(lines()).toMatchObject([{ client: "192.0.2.7", user: "joe", result: "signed" }]);
  });

  test("from a client outside relayNetworks is neither offered nor accepted", async () => {
    const { port, lines } = await startSigning(front, { signCondition: ["authUser"] });
    const client = await RawClient.connect(port, "127.0.0.2");
    await client.reply();
    expect(await client.ask("EHLO there.test")).not.toContain("XCLIENT");
    expect(await client.ask("XCLIENT ADDR=127.0.0.1")).toMatch(/^550/);
    expect(await client.ask("XCLIENT LOGIN=joe")).toMatch(/^550/);
    await sendBy(client);
    expect(lines()).toMatchObject([{ client: "127.0.0.2", result: "not signed: sign-condition" }]);
    expect(lines()[0]?.["user"]).toBeUndefined();
  });

  test("cannot claim an address that may use XCLIENT itself", async () => {
    const { port } = await startSigning({ ...front, relayNetworks: ["127.0.0.1", "192.0.2.0/24"] });
    const client = await RawClient.greeted(port);
    expect(await client.ask("XCLIENT ADDR=192.0.2.7")).toMatch(/^220/);
    await client.ask("EHLO there.test");
    expect(await client.ask("XCLIENT ADDR=192.0.2.8 LOGIN=joe")).toMatch(/^550/);
  });

  test("is trusted from nobody if relayNetworks is not set", async () => {
    const { port } = await startSigning({ clients: ["127.0.0.0/8"], xclient: true });
    const client = await RawClient.greeted(port);
    expect(await client.ask("XCLIENT ADDR=192.0.2.7 LOGIN=joe")).toMatch(/^550/);
  });

  test.each([
    ["a stranger", "192.0.2.7", "([192.0.2.7])"],
    ["a client that the host does not know", "[UNAVAILABLE]", "(unknown)"],
    ["a client whose address the host leaves out", "", "(unknown)"],
  ])(
    "%s without a login is passed on unsigned, and the log gives the reason",
    async (_, reported, trace) => {
      const { port, sink, lines } = await startSigning(front);
      const client = await RawClient.greeted(port);
      expect(await client.ask(`XCLIENT ADDR=${reported}`)).toMatch(/^220/);
      await client.ask("EHLO there.test");
      expect(await sendBy(client)).toMatch(/^250/);
      const text = sink.messages[0]?.bytes.toString() ?? "";
      expect(text).not.toContain("DKIM-Signature");
      expect(text).toContain(`from there.test ${trace}`);
      expect(lines()).toMatchObject([{ result: "not signed: foreign-client" }]);
    },
  );

  test.each([
    ["XCLIENT LOGIN=joe", "XCLIENT ADDR=[UNAVAILABLE] LOGIN=[UNAVAILABLE]"],
    ["XCLIENT LOGIN=joe", "XCLIENT LOGIN=[TEMPUNAVAIL]"],
    ["XCLIENT LOGIN=joe", "XCLIENT ADDR=[UNAVAILABLE]"],
    ["AUTH PLAIN AGpvZQB3b3Jk", "XCLIENT ADDR=[UNAVAILABLE]"],
  ])("%s is over with %s", async (login, next) => {
    const usersFile = join(temporaryDirectory("test"), "users");
    writeFileSync(usersFile, "joe:word\n", { mode: 0o600 });
    const auth = { usersFile, allowWithoutTls: true };
    const { port, lines } = await startSigning({ ...front, auth }, { signCondition: ["authUser"] });
    const client = await RawClient.greeted(port);
    expect(await client.ask(login)).toMatch(/^2/);
    await client.ask("EHLO front.test");
    expect(await client.ask(next)).toMatch(/^220/);
    await client.ask("EHLO there.test");
    expect(await sendBy(client)).toMatch(/^250/);
    expect(lines()).toMatchObject([{ result: expect.stringMatching(/^not signed: /) }]);
    expect(lines()[0]?.["user"]).toBeUndefined();
  });

  test("XFORWARD is never offered", async () => {
    const { port } = await startSigning(front);
    const client = await RawClient.connect(port);
    await client.reply();
    expect(await client.ask("EHLO front.test")).not.toContain("XFORWARD");
    expect(await client.ask("XFORWARD ADDR=192.0.2.7")).toMatch(/^500/);
  });
});

describe("clients that may connect but are in no relay network", () => {
  const wide = { clients: ["127.0.0.0/8", "10.0.0.0/8"], relayNetworks: ["192.0.2.0/24"] };

  test("mail from the machine itself is signed", async () => {
    const { port, lines } = await startSigning(wide);
    expect(await sendBy(await RawClient.greeted(port))).toMatch(/^250/);
    expect(lines()).toMatchObject([{ result: "signed" }]);
  });

  test.each([
    [{}, /^554 5\.7\.1 /],
    [{ auth: { usersFile: "", allowWithoutTls: true } }, /^530 5\.7\.0 /],
  ])("are refused where everybody may connect %#", async (options, expected) => {
    const usersFile = join(temporaryDirectory("test"), "users");
    writeFileSync(usersFile, "joe:word\n", { mode: 0o600 });
    const { port } = await startSigning({
      clients: ["0.0.0.0/1", "128.0.0.0/1", "::/0"],
      relayNetworks: ["127.0.0.1"],
      xclient: true,
      ...("auth" in options ? { auth: { ...options.auth, usersFile } } : {}),
    });
    const client = await RawClient.greeted(port);
    await client.ask("XCLIENT ADDR=192.0.2.7");
    await client.ask("EHLO there.test");
    expect(await client.ask("MAIL FROM:<a@example.com>")).toMatch(expected);
    if ("auth" in options) {
      const login = Buffer.from("\0joe\0word").toString("base64");
      expect(await client.ask(`AUTH PLAIN ${login}`)).toMatch(/^235/);
      expect(await client.ask("MAIL FROM:<a@example.com>")).toMatch(/^250/);
    }
  });
});
