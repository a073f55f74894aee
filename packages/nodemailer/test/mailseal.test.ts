import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { formatKeyRecord, zoneFromJson } from "@mailseal/dns-record";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { collectGarbage } from "@mailseal/testkit/garbage";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { keySource, staticResolver, verify } from "@mailseal/verifier";
import { createTransport, type SendMailOptions } from "nodemailer";
import { describe, expect, test } from "vitest";
import { generateKey, KeyError, mailseal, SigningError } from "../src/index.ts";

const rsa = { domain: "example.com", selector: "rsa", key: generateKey({ type: "rsa" }) };
const ed = { domain: "example.com", selector: "ed", key: generateKey({ type: "ed25519" }) };
const keys = keySource(
  staticResolver(
    zoneFromJson({
      "rsa._domainkey.example.com": [formatKeyRecord(rsa.key.publicKey)],
      "ed._domainkey.example.com": [formatKeyRecord(ed.key.publicKey)],
    }),
  ),
);
const mail: SendMailOptions = {
  from: "Zoë <zoe@example.com>",
  to: "kim@example.net",
  subject: "Grüße",
  text: "one\ntwo\r\nthree\n.\nend",
};

/** A stream of `sizeBytes` that is made as it is read. */
function largeBody(sizeBytes: number): Readable {
  const chunk = Buffer.alloc(64 * 1024, "a line of text that is not repeated in other mail\r\n");
  return Readable.from(
    (function* () {
      for (let sent = 0; sent < sizeBytes; sent += chunk.length) yield Buffer.from(chunk);
    })(),
    { objectMode: false },
  );
}

/** Sends through SMTP with the plugin; resolves to the verdicts about what the server has received. */
async function received(
  plugin: ReturnType<typeof mailseal>,
  options: SendMailOptions,
): Promise<{ readonly verdicts: readonly string[]; readonly bytes: Buffer }> {
  const sink = await SmtpSink.start();
  try {
    const transport = createTransport({ host: "127.0.0.1", port: sink.port, ignoreTLS: true });
    transport.use("stream", plugin);
    await transport.sendMail(options);
    const { bytes } = await sink.next();
    const { signatures } = await verify(bytes, { keys });
    return { bytes, verdicts: signatures.map(({ selector, code }) => `${selector} ${code}`) };
  } finally {
    await sink.close();
  }
}

/** The error of `sendMail`, and the number of messages that the server has taken. */
async function refused(
  plugin: ReturnType<typeof mailseal>,
  options: SendMailOptions,
  step = "stream",
): Promise<{ readonly error: unknown; readonly taken: number }> {
  const sink = await SmtpSink.start();
  try {
    const transport = createTransport({ host: "127.0.0.1", port: sink.port, ignoreTLS: true });
    transport.use(step, plugin);
    const error: unknown = await transport.sendMail(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error, taken: sink.messages.length };
  } finally {
    await sink.close();
  }
}

describe("a message sent with the plugin", () => {
  test("arrives signed", async () => {
    const { bytes, verdicts } = await received(mailseal(rsa), mail);
    expect(verdicts).toEqual(["rsa pass"]);
    expect(bytes.toString().startsWith("DKIM-Signature: v=1;")).toBe(true);
  });

  test("is signed with several keys, in their order", async () => {
    const { verdicts } = await received(mailseal([rsa, ed]), mail);
    expect(verdicts).toEqual(["rsa pass", "ed pass"]);
  });

  test("takes a key as text, and a clock", async () => {
    const plugin = mailseal({ ...ed, key: ed.key.toPem() }, { now: () => 1_700_000_000 });
    const { bytes, verdicts } = await received(plugin, mail);
    expect(verdicts).toEqual(["ed pass"]);
    expect(bytes.toString()).toContain("t=1700000000;");
  });

  test("is signed by a transport that converts line endings to LF afterwards", async () => {
    const transport = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
    transport.use("stream", mailseal(ed));
    const { message } = await transport.sendMail(mail);
    const { signatures } = await verify(await bytesOf(message), { keys });
    expect(signatures.map(({ code }) => code)).toEqual(["pass"]);
  });
});

async function bytesOf(message: Buffer | Readable): Promise<Buffer> {
  return message instanceof Readable ? buffer(message) : message;
}

describe("a large message", () => {
  const sizeBytes = 96 << 20;
  const large = { ...mail, text: "", attachments: [{ filename: "a.bin", content: "" }] };

  test("is signed with a part of it in memory only", async () => {
    const directory = temporaryDirectory("test");
    const transport = createTransport({ streamTransport: true });
    transport.use("stream", mailseal(ed, { temporaryDirectory: directory }));
    const attachments = [{ filename: "a.bin", content: largeBody(sizeBytes) }];
    const { message } = await transport.sendMail({ ...large, attachments });
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    let readBytes = 0;
    let heldBytes = 0;
    for await (const chunk of message as Readable) {
      if (readBytes === 0) {
        // The signature is known, so all of the message has been read.
        collectGarbage();
        heldBytes = process.memoryUsage().arrayBuffers - before;
      }
      readBytes += (chunk as Uint8Array).length;
    }
    expect(readBytes).toBeGreaterThan(sizeBytes);
    expect(heldBytes).toBeLessThan(sizeBytes / 8);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("arrives signed", async () => {
    const attachments = [{ filename: "a.bin", content: largeBody(8 << 20) }];
    const { verdicts } = await received(mailseal([rsa, ed]), { ...large, attachments });
    expect(verdicts).toEqual(["rsa pass", "ed pass"]);
  });

  test("is not sent if its temporary file cannot be written", async () => {
    const plugin = mailseal(ed, { temporaryDirectory: "/nonexistent", maxMemoryBytes: 100 });
    const { error, taken } = await refused(plugin, mail);
    expect(error).toMatchObject({ code: "ESTREAM", message: expect.stringContaining("ENOENT") });
    expect(taken).toBe(0);
  });
});

describe("nothing is sent unsigned", () => {
  test("options that cannot be used are refused when the plugin is made", () => {
    expect(() => mailseal({ ...ed, key: "no key" })).toThrow(KeyError);
    expect(() => mailseal({ ...ed, domain: "" })).toThrow(SigningError);
    expect(() => mailseal([])).toThrow(SigningError);
  });

  test.each<[string, SendMailOptions, RegExp]>([
    ["without From", { ...mail, from: "" }, /expected a From field to sign/],
    [
      "with two From fields",
      {
        envelope: { from: "a@example.com", to: "b@example.net" },
        raw: "From: a@example.com\r\nFrom: b@example.com\r\n\r\nx",
      },
      /expected one From field/,
    ],
    [
      "whose attachment cannot be read",
      { ...mail, attachments: [{ path: "/nonexistent/file" }] },
      /ENOENT/,
    ],
  ])("a message %s fails", async (_, options, reason) => {
    const { error, taken } = await refused(mailseal(ed), options);
    expect(String(error)).toMatch(reason);
    expect(taken).toBe(0);
  });

  test("a message whose plugin is used in the wrong step fails", async () => {
    const { error, taken } = await refused(mailseal(ed), mail, "compile");
    expect(String(error)).toContain('use("stream", mailseal(...))');
    expect(taken).toBe(0);
  });
});
