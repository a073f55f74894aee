import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test, vi } from "vitest";
import { hashPassword } from "../../src/clients/user-file.ts";
import { startLimited } from "../support/limited-relay.ts";
import { RawClient } from "../support/raw-client.ts";
import { afterThisTest, startRelay } from "../support/relay-under-test.ts";

const header = "From: joe@example.com\r\nSubject: x\r\n";
const hourMs = 3_600_000;

/** A client that never closes its side of the connection. */
async function lastingClient(port: number, line = "") {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  afterThisTest(async () => void socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "data");
  if (line !== "") {
    socket.write(line);
    await once(socket, "data");
  }
  return socket;
}

describe("a relay that stops does not wait for timers", () => {
  test.each([
    ["a client that is idle", ""],
    ["a client that has sent QUIT", "QUIT\r\n"],
  ])("and not for %s and leaves its side open", async (_, line) => {
    const { port, relay } = await startRelay({ nextHopPort: 1 });
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    afterThisTest(async () => void vi.useRealTimers());
    const socket = await lastingClient(port, line);
    const ended = once(socket, "end");
    socket.resume();
    await relay.stop(hourMs);
    expect(await ended).toEqual([]);
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
