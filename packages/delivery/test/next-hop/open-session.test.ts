import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { selfSigned } from "@mailseal/testkit/certificates";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { TlsFront, type TlsReaction } from "@mailseal/testkit/tls-front";
import { describe, expect, onTestFinished, test } from "vitest";
import { openTo, startSink } from "../support/next-hop.ts";

async function startFront(reaction: TlsReaction): Promise<TlsFront> {
  const sink = await startSink({ extensions: ["STARTTLS", "PIPELINING", "SIZE 1000"] });
  const front = await TlsFront.startTls(sink.port, reaction);
  onTestFinished(() => front.close());
  return front;
}

describe("the extensions of a session", () => {
  test("are those of EHLO, in upper case, with their parameters", async () => {
    const session = await openTo(await startSink({ extensions: ["size 1000", "Dsn"] }));
    expect([...session.extensions]).toEqual([
      ["SIZE", "1000"],
      ["DSN", ""],
    ]);
  });

  test("are those of the EHLO after STARTTLS", async () => {
    const front = await startFront({ type: "tls", certificate: selfSigned() });
    const session = await openTo(front, { tls: "required", verifyCertificate: false });
    expect(front.secured).toBe(true);
    expect(session.extensions.get("SIZE")).toBe("1000");
  });

  test("are none for a server that knows only HELO", async () => {
    const sink = await startSink({
      react: ({ line }) => (line.startsWith("EHLO") ? "502 5.5.1 Unknown" : undefined),
    });
    expect((await openTo(sink)).extensions.size).toBe(0);
  });
});

describe("a next hop that cannot be used defers mail", () => {
  test("if it refuses connections", async () => {
    const sink = await startSink();
    await sink.close();
    await expect(openTo(sink)).rejects.toMatchObject({
      name: "TransientDeliveryError",
      message: `next hop 127.0.0.1:${sink.port} cannot be reached`,
      reply: { code: 451, enhancedCode: "4.4.1" },
    });
  });

  test("and its refusal in place of a greeting is quoted, printable", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "connect" ? "554 5.3.2 No mail\u001b[2J today" : undefined),
    });
    const error: unknown = await openTo(sink).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      reply: {
        code: 451,
        quoted: { host: "127.0.0.1", text: expect.stringMatching(/^554 5\.3\.2/) },
      },
    });
    expect(String(error)).not.toMatch(/\p{Cc}/u);
  });

  test.each<[string, TlsReaction, "required" | "opportunistic"]>([
    ["the handshake fails", { type: "garbage" }, "required"],
    ["the certificate cannot be verified", { type: "tls", certificate: selfSigned() }, "required"],
  ])("if %s", async (_what, reaction, tls) => {
    const front = await startFront(reaction);
    await expect(openTo(front, { tls, verifyCertificate: true })).rejects.toMatchObject({
      reply: { code: 451, enhancedCode: "4.7.5" },
    });
  });

  test.each([
    ["ends, in short lines", "250-more\r\n", 10],
    ["ends, in long lines", `250-${"x".repeat(4000)}\r\n`, 0],
  ])("if its reply to EHLO never %s", async (_, line, everyMs) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write("220 endless.test ESMTP\r\n");
      const timer = setInterval(() => socket.write(line), everyMs);
      socket.on("close", () => clearInterval(timer));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const opened = openTo({ port }, { connectTimeout: 100, commandTimeout: 100 });
    await expect(opened).rejects.toMatchObject({ reply: { code: 451 } });
  });

  test("if TLS is required and it has none", async () => {
    const sink = await startSink();
    await expect(openTo(sink, { tls: "required" })).rejects.toMatchObject({
      reply: { code: 451 },
    });
  });
});

describe("a password", () => {
  const login = { username: "joe", password: "secret" };

  test("is not sent without TLS, unless TLS is switched off", async () => {
    const commands: string[] = [];
    const sink = await startSink({
      extensions: ["AUTH PLAIN"],
      react: ({ line }) => void commands.push(line),
    });
    await expect(openTo(sink, { ...login, tls: "opportunistic" })).rejects.toMatchObject({
      reply: { code: 451, enhancedCode: "4.7.0" },
    });
    expect(commands.join("\n")).not.toMatch(/AUTH/i);
  });

  test("that the next hop rejects defers mail, and is in no error", async () => {
    // The sink knows no AUTH.
    const sink = await startSink({ extensions: ["AUTH PLAIN"] });
    const error: unknown = await openTo(sink, { ...login, tls: "never" }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ reply: { code: 451, enhancedCode: "4.7.8" } });
    expect(JSON.stringify(error) + String(error)).not.toContain("secret");
  });

  test.each([
    ["does not exist", undefined],
    ["others may read", 0o644],
  ])("in a file that %s defers mail, and the error says how to mend it", async (_, mode) => {
    const passwordFile = join(temporaryDirectory("test"), "password");
    if (mode !== undefined) writeFileSync(passwordFile, "secret\n", { mode });
    const sink = await startSink({ extensions: ["AUTH PLAIN"] });
    const opened = openTo(sink, { username: "joe", passwordFile, tls: "never" });
    await expect(opened).rejects.toMatchObject({
      message: expect.stringContaining(passwordFile),
      reply: { code: 451, enhancedCode: "4.3.5" },
    });
  });
});
