import { existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { buildMessage } from "../src/messages.ts";
import { Postfix, postfixMissing } from "../src/postfix.ts";
import { submit } from "../src/smtp-client.ts";
import { SmtpSink } from "../src/smtp-sink.ts";

const missing = postfixMissing();
const absent = missing !== undefined && process.env["CI"] === undefined;

const timeout = 60_000;

test(
  "relays mail from SMTP and from sendmail(1), and leaves nothing behind",
  { timeout },
  async ({ skip }) => {
    skip(absent, missing);
    const sink = await SmtpSink.start();
    onTestFinished(() => sink.close());
    const postfix = await Postfix.start({ nextHopPort: sink.port });
    onTestFinished(() => postfix.stop());
    const message = buildMessage();
    const replies = await submit({
      port: postfix.smtpPort,
      mailFrom: "<a@example.com>",
      rcptTo: ["<b@example.net>"],
      message,
    });
    expect(replies.message).toMatch(/^250 /);
    const received = await sink.next();
    // Postfix's own Received field stands above.
    expect(received.bytes.subarray(-message.length).equals(message)).toBe(true);

    await postfix.sendmail("a@example.com", ["b@example.net"], message);
    expect((await sink.next()).mailFrom).toMatch(/^<a@example.com>/);
    await postfix.waitForLog(/status=sent[^]*status=sent/);
    expect(await postfix.queue()).toEqual([]);

    await postfix.stop();
    expect(existsSync(postfix.directory)).toBe(false);
    await expect(
      submit({ port: postfix.smtpPort, mailFrom: "<>", rcptTo: ["<b@x>"], message }),
    ).rejects.toThrow("ended the connection");
  },
);

test("rejects where it does not start", { timeout }, async ({ skip }) => {
  skip(absent, missing);
  const config = { nextHopPort: 1, master: ["a line with too few fields"] };
  await expect(Postfix.start(config)).rejects.toThrow("master ended with 1");
});
