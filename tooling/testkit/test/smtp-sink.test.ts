import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { submit } from "../src/smtp-client.ts";
import { SmtpSink, type SmtpSinkOptions } from "../src/smtp-sink.ts";

async function sinkWith(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await SmtpSink.start(options);
  onTestFinished(() => sink.close());
  return sink;
}

function submission(sink: SmtpSink, message: Uint8Array | string) {
  return {
    port: sink.port,
    mailFrom: "<a@example.com>",
    rcptTo: ["<b@example.net>", "<c@example.net>"],
    message: Buffer.from(message),
  };
}

test.each([
  ["plain", "Subject: x\r\n\r\nbody\r\n"],
  ["dots", "Subject: x\r\n\r\n.\r\n..\r\n.a\r\na.\r\n\r\n.\r\n"],
  ["a dot first", ".Subject: x\r\n"],
  ["nothing", ""],
  ["8-bit, NUL, bare CR and LF, and a dot between them", "\u00e9\0\r\n\n.\n\r.\r\r\n"],
  ["what smuggles", "a\n.\nb\r\n.\nc\n.\r\nd\r\n"],
  ["several packets long", "0123456789abcde\r\n".repeat(50_000)],
])("keeps the bytes of a message: %s", async (_name, message) => {
  const sink = await sinkWith();
  const replies = await submit(submission(sink, message));
  expect(replies.message).toMatch(/^250 /);
  const { bytes, mailFrom, rcptTo } = await sink.next();
  expect(bytes.equals(Buffer.from(message))).toBe(true);
  expect({ mailFrom, rcptTo }).toEqual({
    mailFrom: "<a@example.com>",
    rcptTo: ["<b@example.net>", "<c@example.net>"],
  });
});

test("finds the end of a message that comes octet by octet", async () => {
  const sink = await sinkWith();
  const socket = connect({ port: sink.port, host: "127.0.0.1", noDelay: true });
  const dialogue =
    "HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@x>\r\nDATA\r\n..a\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<c@x>\r\nDATA\r\nb\r\n.\r\nQUIT\r\n";
  for (const octet of dialogue) {
    if (!socket.write(octet)) await once(socket, "drain");
  }
  socket.resume();
  await once(socket, "close");
  expect(sink.messages.map(({ bytes }) => bytes.toString())).toEqual([".a\r\n", "b\r\n"]);
});

test.each(["connect", "helo", "mail", "rcpt", "data", "content", "message"] as const)(
  "refuses, hangs and drops at %s",
  async (stage) => {
    const refusing = await sinkWith({
      react: (event) => (event.stage === stage ? "451 4.3.0 Not now" : undefined),
    });
    const replies = await submit(submission(refusing, "x"));
    expect(JSON.stringify(replies)).toContain("451 4.3.0 Not now");
    // A reply in the middle of the content is all that is read of it; the message itself is taken.
    expect(refusing.messages.length).toBe(["connect", "helo", "content"].includes(stage) ? 1 : 0);

    const dropping = await sinkWith({
      react: (event) => (event.stage === stage ? "drop" : undefined),
    });
    await expect(submit(submission(dropping, "x"))).rejects.toThrow("ended the connection");
    expect(dropping.messages).toEqual([]);

    let resolveReached = (): void => {};
    const reached = new Promise<void>((resolve) => (resolveReached = resolve));
    const hanging = await sinkWith({
      react: (event) => {
        if (event.stage !== stage) return undefined;
        resolveReached();
        return "hang";
      },
    });
    const hung = submit(submission(hanging, "x")).catch((error: unknown) => error);
    await reached;
    await hanging.close();
    expect(await hung).toBeInstanceOf(Error);
  },
);
