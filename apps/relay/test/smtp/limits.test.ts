import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { hashPassword } from "../../src/clients/user-file.ts";
import { RawClient } from "../support/raw-client.ts";
import { passingPipeline, startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

const header = "From: joe@example.com\r\nSubject: x\r\n";

async function startLimited(limits: Record<string, unknown>, listener = {}) {
  const sink = await startSink();
  const relay = await startRelay({
    nextHopPort: sink.port,
    pipeline: passingPipeline(),
    listener,
    config: { limits },
  });
  return { ...relay, sink };
}

async function sendMessage(port: number, content: string): Promise<string> {
  const client = await RawClient.greeted(port);
  await client.toData();
  client.send(`${content}.\r\n`);
  return client.reply();
}

describe("limits of a message", () => {
  test.each([
    ["messageSize", { messageSize: 1000 }, `${header}\r\n${"x\r\n".repeat(400)}`, /^552 5\.3\.4/],
    ["headerSize", { headerSize: 500 }, `${header}${"X-A: b\r\n".repeat(80)}\r\n`, /^552 5\.3\.4/],
    ["headerFields", { headerFields: 20 }, `${header}${"X: y\r\n".repeat(20)}\r\n`, /^552 5\.3\.4/],
    ["hops", {}, `${"Received: x\r\n".repeat(101)}${header}\r\n`, /^554 5\.4\.6/],
    ["lineLength", { lineLength: 2000 }, `${header}\r\n${"x".repeat(1500)}\r\n`, /^250/],
    [
      "a shorter lineLength",
      { lineLength: 990 },
      `${header}\r\n${"x".repeat(991)}\r\n`,
      /^554 5\.6\.0/,
    ],
    [
      "a line as long as it may be",
      { lineLength: 78 },
      `${header}\r\n${"x".repeat(78)}\r\n`,
      /^250/,
    ],
    ["memory", { memory: 100 }, `${header}\r\n${"x\r\n".repeat(100)}`, /^452 4\.3\.1/],
  ])("%s", async (_name, limits, content, reply) => {
    const { port, sink, relay } = await startLimited(limits);
    expect(await sendMessage(port, content)).toMatch(reply);
    expect(sink.messages).toHaveLength(reply.source.includes("250") ? 1 : 0);
    expect(relay.load.spoolBytes).toBe(0);
    // It serves on.
    expect(await sendMessage(port, `${header}\r\n`)).toMatch(/^250/);
  });

  test("a declared size is refused at MAIL", async () => {
    const { port } = await startLimited({ messageSize: 1000 });
    const client = await RawClient.greeted(port);
    expect(await client.ask("MAIL FROM:<a@example.com> SIZE=1001")).toMatch(/^552 5\.3\.4/);
  });

  test("recipients", async () => {
    const { port } = await startLimited({ recipients: 2 });
    const client = await RawClient.greeted(port);
    await client.ask("MAIL FROM:<a@example.com>");
    const replies = [];
    for (const name of ["a", "b", "c"]) {
      replies.push(await client.ask(`RCPT TO:<${name}@example.net>`));
    }
    expect(replies.map((reply) => reply.slice(0, 9))).toEqual([
      "250 2.1.5",
      "250 2.1.5",
      "452 4.5.3",
    ]);
  });

  test("a large message goes to an unlinked file, and arrives complete", async () => {
    const directory = temporaryDirectory("test");
    const sink = await startSink();
    const { port, relay } = await startRelay({
      nextHopPort: sink.port,
      config: { spoolDirectory: directory, limits: { spillSize: 1000 } },
    });
    const content = `${header}\r\n${".. some text\r\n".repeat(100_000)}`;
    const client = await RawClient.greeted(port);
    await client.toData();
    client.send(content.replaceAll(/^\./gm, ".."));
    expect(readdirSync(directory)).toEqual([]);
    client.send(".\r\n");
    expect(await client.reply()).toMatch(/^250/);
    expect(sink.messages[0]?.bytes.toString().endsWith(content)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
    expect(relay.load.spoolBytes).toBe(0);
  });

  test("no room on the disk", async () => {
    const sink = await startSink();
    const { port, log } = await startRelay({
      nextHopPort: sink.port,
      config: { spoolDirectory: "/nonexistent", limits: { spillSize: 10 } },
    });
    expect(await sendMessage(port, `${header}\r\nhi\r\n`)).toMatch(/^452 4\.3\.1/);
    expect(sink.messages).toEqual([]);
    expect(log().find(({ msg }) => msg === "message")?.["fault"]).toMatch(/ENOENT/);
  });

  test("a full disk", async (context) => {
    const directory = temporaryDirectory("test");
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory], {
        stdio: "ignore",
      });
    } catch {
      context.skip("no right to mount a tmpfs here");
    }
    try {
      const sink = await startSink();
      const { port, log } = await startRelay({
        nextHopPort: sink.port,
        config: { spoolDirectory: directory, limits: { spillSize: 1000 } },
      });
      const large = `${header}\r\n${"some text\r\n".repeat(100_000)}`;
      expect(await sendMessage(port, large)).toMatch(/^452 4\.3\.1/);
      expect(log().find(({ msg }) => msg === "message")?.["fault"]).toMatch(/ENOSPC/);
      expect(await sendMessage(port, `${header}\r\n${"some text\r\n".repeat(1000)}`)).toMatch(
        /^250/,
      );
    } finally {
      execFileSync("umount", ["-l", directory]);
    }
  });
});

describe("limits of a session", () => {
  test("commands", async () => {
    const { port } = await startLimited({ commandsPerSession: 10 });
    const client = await RawClient.greeted(port);
    for (let count = 1; count < 10; count++) {
      expect(await client.ask("NOOP")).toMatch(/^250/);
    }
    expect(await client.ask("NOOP")).toMatch(/^421 4\.7\.0/);
    expect(await client.reply()).toBe("");
  });

  test("commands are not limited for a client that keeps sending mail", async () => {
    const { port } = await startLimited({ commandsPerSession: 10 });
    const client = await RawClient.greeted(port);
    for (let count = 0; count < 20; count++) {
      expect(await client.ask("MAIL FROM:<joe@example.com>")).toMatch(/^250/);
      expect(await client.ask("RCPT TO:<ann@example.net>")).toMatch(/^250/);
      expect(await client.ask("DATA")).toMatch(/^354/);
      expect(await client.ask("From: joe@example.com\r\n\r\nhi\r\n.")).toMatch(/^250/);
    }
    for (let count = 0; count < 10; count++) {
      expect(await client.ask("NOOP")).toMatch(/^250/);
    }
    expect(await client.ask("NOOP")).toMatch(/^421 4\.7\.0/);
  });

  test("errors", async () => {
    const { port } = await startLimited({ errorsPerSession: 3 });
    const client = await RawClient.greeted(port);
    for (let count = 0; count < 4; count++) {
      expect(await client.ask("RCPT TO:<a@example.com>")).toMatch(/^503/);
    }
    expect(await client.reply()).toMatch(/^421 4\.7\.0/);
  });

  test("connections in total and per client", async () => {
    const { port } = await startLimited({ connectionsPerClient: 2 });
    await RawClient.greeted(port);
    const second = await RawClient.greeted(port);
    const third = await RawClient.connect(port);
    expect(await third.reply()).toMatch(/^421 4\.7\.0/);
    await second.ask("QUIT");
    expect(await second.reply()).toBe("");
  });

  test("a client outside its networks", async () => {
    const { port } = await startLimited({}, { clients: ["192.0.2.0/24"] });
    const client = await RawClient.connect(port);
    expect(await client.reply()).toMatch(/^554 5\.7\.1/);
  });

  test("time for a command, if the client is silent or sends one octet at a time", async () => {
    const { port } = await startLimited({ commandTimeout: 0.3 });
    const silent = await RawClient.greeted(port);
    const trickling = await RawClient.greeted(port);
    const timer = setInterval(() => trickling.send("N"), 50);
    expect(await silent.reply()).toMatch(/^421 4\.4\.2/);
    expect(await trickling.reply()).toMatch(/^421 4\.4\.2/);
    clearInterval(timer);
  });

  test("time for a message", async () => {
    const { port, sink } = await startLimited({ dataTimeout: 0.4, commandTimeout: 0.3 });
    const client = await RawClient.greeted(port);
    await client.toData();
    const timer = setInterval(() => client.send("x\r\n"), 50);
    expect(await client.reply()).toMatch(/^421 4\.4\.2/);
    clearInterval(timer);
    expect(sink.messages).toEqual([]);
  });
});

describe("TLS and AUTH", () => {
  function certificate(): { certificate: string; key: string } {
    const directory = temporaryDirectory("test");
    const [certificateFile, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
    const subject = ["-subj", "/CN=relay.test", "-days", "2", "-nodes"];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", ...subject, "-keyout", key, "-out", certificateFile],
      { stdio: "ignore" },
    );
    return { certificate: certificateFile, key };
  }

  async function usersFile(): Promise<string> {
    const file = join(temporaryDirectory("test"), "users");
    writeFileSync(file, `# who\njoe:plain-word\nann:${await hashPassword("hashed-word")}\n`);
    chmodSync(file, 0o600);
    return file;
  }

  function plain(user: string, password: string): string {
    return `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString("base64")}`;
  }

  test("STARTTLS required: everything is refused before it and accepted after it", async () => {
    const { port, sink } = await startLimited({}, { tls: certificate(), tlsMode: "required" });
    const client = await RawClient.greeted(port);
    expect(await client.ask("MAIL FROM:<joe@example.com>")).toMatch(/^530 5\.7\.0/);
    expect(await client.startTls()).not.toContain("STARTTLS");
    await client.toData();
    client.send(`${header}\r\nhi\r\n.\r\n`);
    expect(await client.reply()).toMatch(/^250/);
    expect(sink.messages[0]?.bytes.toString()).toContain("with ESMTPS id");
  });

  test("AUTH is offered over TLS only, and required if the config says so", async () => {
    const auth = { usersFile: await usersFile(), required: true };
    const { port, log } = await startLimited({}, { tls: certificate(), auth });
    const client = await RawClient.greeted(port);
    expect(await client.ask(plain("joe", "plain-word"))).toMatch(/^538/);
    await client.startTls();
    expect(await client.ask("MAIL FROM:<joe@example.com>")).toMatch(/^530/);
    expect(await client.ask(plain("joe", "wrong-word"))).toMatch(/^535 5\.7\.8/);
    expect(await client.ask(plain("eve", "wrong-word"))).toMatch(/^535 5\.7\.8/);
    expect(await client.ask(plain("joe", "plain-word"))).toMatch(/^235/);
    await client.toData();
    client.send(`${header}\r\nhi\r\n.\r\n`);
    expect(await client.reply()).toMatch(/^250/);
    expect(log().find(({ msg }) => msg === "message")).toMatchObject({ user: "joe" });
    expect(JSON.stringify(log())).not.toContain("-word");
  });

  test("AUTH LOGIN with a hashed password, without TLS where allowed", async () => {
    const auth = { usersFile: await usersFile(), allowWithoutTls: true };
    const { port } = await startLimited({}, { auth });
    const client = await RawClient.greeted(port);
    await client.ask("AUTH LOGIN");
    await client.ask(Buffer.from("ann").toString("base64"));
    expect(await client.ask(Buffer.from("hashed-word").toString("base64"))).toMatch(/^235/);
  });

  test("a users file that others may read is refused", async () => {
    const file = await usersFile();
    chmodSync(file, 0o644);
    await expect(startLimited({}, { auth: { usersFile: file } })).rejects.toThrow(/chmod 600/);
  });
});
