import { once } from "node:events";
import { createServer } from "node:net";
import { Postfix, type PostfixConfig, postfixMissing } from "@mailseal/testkit/postfix";
import { submit, type SmtpReplies } from "@mailseal/testkit/smtp-client";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { MilterError } from "../src/errors.ts";
import type { MilterHandler, StepContext } from "../src/handler.ts";
import { fieldBytes, MessageAssembler } from "../src/message/message-assembler.ts";
import type { MilterOptions } from "../src/options.ts";
import { serveMilter } from "../src/serve-milter.ts";
import type { MilterSession } from "../src/session/session.ts";
import { smtpReply } from "../src/wire/smtp-reply.ts";
import { allActions, steps } from "./support/session-harness.ts";

const missing = postfixMissing();

/** A milter on a port of its own, whose handler and options each test sets. */
class TestMilter {
  handler: () => MilterHandler = () => ({});
  options: MilterOptions = {};
  readonly errors: MilterError[] = [];
  readonly sessions: MilterSession[] = [];
  readonly #server = createServer((socket) => {
    const options = { ...this.options, onError: (error: MilterError) => this.errors.push(error) };
    this.sessions.push(serveMilter(socket, this.handler, options));
  });

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** As main.cf wants it. */
  get address(): string {
    const address = this.#server.address();
    return `inet:127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A message with all that a mail program may put into a header. */
const header = [
  "Received: from client.example by submit.example;",
  "\tThu, 1 Jan 2026 10:00:00 +0100",
  "X-None:value",
  "X-Two:  value",
  "X-Tab:\tvalue",
  "X-Trailing: value \t ",
  "X-Empty:",
  "X-Blank: ",
  "X-Folded: one",
  "  two",
  "\tthree",
  "X-Late:",
  " value",
  "X-Again: 1",
  "X-Again: 2",
  "X-Again: 3",
  "Subject: h\u00e9 \u{1f600}",
  "From: Alice <alice@example.com>",
  "To: bob@example.net",
].join("\r\n");

function message(body = "Hello.\r\n\r\n.dot\r\n"): Buffer {
  return Buffer.from(`${header}\r\n\r\n${body}`);
}

const absent = missing !== undefined && process.env["CI"] === undefined;

describe.skipIf(absent)("Postfix", { timeout: 60_000 }, () => {
  const milter = new TestMilter();
  let sink: SmtpSink;
  let postfix: Postfix;

  beforeAll(async () => {
    sink = await SmtpSink.start();
    await milter.listen();
    const config: PostfixConfig = {
      nextHopPort: sink.port,
      smtpdMilters: [milter.address],
      nonSmtpdMilters: [milter.address],
    };
    postfix = await Postfix.start(config);
  }, 60_000);
  afterAll(async () => {
    await postfix?.stop();
    await milter.close();
    await sink?.close();
  });
  afterEach(() => {
    milter.options = {};
    const [error] = milter.errors.splice(0);
    if (error !== undefined) throw error;
  });

  function send(content: Buffer = message(), to: Postfix = postfix): Promise<SmtpReplies> {
    return submit({
      port: to.smtpPort,
      mailFrom: "<alice@example.com>",
      rcptTo: ["<bob@example.net>", "<carol@example.net>"],
      message: content,
    });
  }

  /** What the sink received, with the Received field of this Postfix taken off. */
  async function delivered(): Promise<{ readonly above: string; readonly rest: string }> {
    const { bytes } = await sink.next();
    const text = bytes.toString("utf8");
    const own = /Received: from client\.test[^]*?\r\n(?![ \t])/.exec(text);
    if (own === null) throw new Error(`no Received field of Postfix in ${text}`);
    const end = own.index + own[0].length;
    return { above: text.slice(0, own.index), rest: text.slice(end) };
  }

  test.each([
    ["answering each step", [], 3],
    ["silent", ["header", "endOfHeaders", "body"], 3],
    ["a long body in several pieces", ["header", "body"], 300_000],
  ] as const)("reports the exact bytes of a message: %s", async (_name, silentSteps, count) => {
    const pieces: Uint8Array[] = [];
    const chunks: number[] = [];
    milter.options = { silentSteps };
    milter.handler = () => {
      let assembler: MessageAssembler | undefined;
      const assemblerFor = ({ terms }: StepContext): MessageAssembler =>
        (assembler ??= new MessageAssembler(terms, (bytes) => pieces.push(bytes)));
      return {
        header: (field, context) => assemblerFor(context).header(field),
        body: (chunk, context) => {
          chunks.push(chunk.length);
          assemblerFor(context).body(chunk);
        },
        endOfMessage: (_changes, context) => assemblerFor(context).end(),
      };
    };
    const body = "0123456789\u00e9\r\n".repeat(count);
    const replies = await send(message(body));
    expect(replies.message).toMatch(/^250 /);
    expect(Buffer.concat(pieces).equals(message(body))).toBe(true);
    expect(chunks.every((length) => length <= 65_535)).toBe(true);
    expect(chunks.length).toBe(Math.ceil(Buffer.byteLength(body) / 65_535));
    const { above, rest } = await delivered();
    expect(above).toBe("");
    expect(rest === message(body).toString()).toBe(true);
  });

  test("reports the connection, the envelope and macros", async () => {
    const seen: string[] = [];
    milter.options = { rejectedRecipients: "report" };
    milter.handler = () => ({
      connect: (client, { macros }) => {
        const address = client.family === "inet" ? client.address : client.family;
        seen.push(`connect ${address} ${macros.get("j")} ${macros.get("{daemon_addr}")}`);
      },
      helo: (name) => void seen.push(`helo ${name}`),
      mailFrom: (sender, { macros }) => {
        seen.push(`mailFrom ${sender.address} ${sender.parameters} ${macros.get("mail_addr")}`);
      },
      rcptTo: ({ address }, { macros }) => {
        seen.push(`rcptTo ${address} ${macros.of("rcptTo").get("rcpt_addr")}`);
      },
      data: (context) => void seen.push(`data ${context.macros.get("i")?.length !== 0}`),
      endOfMessage: (_changes, { macros }) => {
        seen.push(`endOfMessage ${/^[0-9A-F]{6,}$/.test(macros.get("i") ?? "")}`);
      },
      unknown: (command) => void seen.push(`unknown ${command}`),
      close: () => void seen.push("close"),
    });
    await submit({
      port: postfix.smtpPort,
      mailFrom: "<alice@example.com> SIZE=100 BODY=8BITMIME",
      rcptTo: ["<bob@example.net>"],
      message: message(),
    });
    await Promise.all(milter.sessions.map(({ done }) => done));
    await sink.next();
    expect(seen).toEqual([
      "connect 127.0.0.1 mx.test 127.0.0.1",
      "helo client.test",
      "mailFrom alice@example.com SIZE=100,BODY=8BITMIME alice@example.com",
      "rcptTo bob@example.net bob@example.net",
      "data true",
      "endOfMessage true",
      "close",
    ]);
  });

  test("sends the macros that are asked for, and for other steps its own", async () => {
    const seen: unknown[] = [];
    milter.options = { macros: { endOfMessage: ["i", "client_addr"] } };
    milter.handler = () => ({
      mailFrom: (_sender, { macros }) => void seen.push(macros.get("mail_addr")),
      endOfMessage: (_changes, { macros }) => {
        seen.push([...macros.of("endOfMessage").keys()], macros.get("client_addr"));
      },
    });
    await send();
    await sink.next();
    expect(seen).toEqual(["alice@example.com", ["i", "client_addr"], "127.0.0.1"]);
  });

  describe("changes", () => {
    const folded = " v=1; a=b;\r\n\tc=d;\r\n  e=\u00e9";
    const actions = ["add-headers", "change-headers"] as const;

    test("inserts a field at the top, below Received, and at the end, folds intact", async () => {
      milter.options = { actions };
      milter.handler = () => ({
        endOfMessage: (changes) => {
          changes.insertHeader(1, "X-Below", folded);
          changes.insertHeader(0, "X-Top", folded);
          changes.addHeader("X-End", "tight\n\tfold");
        },
      });
      await send();
      const { above, rest } = await delivered();
      expect(above).toBe(`X-Top:${folded}\r\n`);
      expect(rest).toBe(
        `X-Below:${folded}\r\n${header}\r\nX-End:tight\r\n\tfold\r\n\r\nHello.\r\n\r\n.dot\r\n`,
      );
    });

    test("several insertions at one index stand the last one first", async () => {
      milter.options = { actions };
      milter.handler = () => ({
        endOfMessage: (changes) => {
          for (const name of ["X-One", "X-Two-Of", "X-Three"]) changes.insertHeader(1, name, " x");
        },
      });
      await send();
      const { rest } = await delivered();
      expect(rest.slice(0, 40)).toBe(
        "X-Three: x\r\nX-Two-Of: x\r\nX-One: x\r\nReceived".slice(0, 40),
      );
    });

    test("deletes and changes by occurrence as received", async () => {
      milter.options = { actions };
      milter.handler = () => ({
        endOfMessage: (changes) => {
          // The second keeps its number though the first is deleted; Postfix's own Received has none.
          changes.deleteHeader("x-again", 3);
          changes.deleteHeader("X-Again", 1);
          changes.deleteHeader("Received", 1);
          changes.changeHeader("X-Folded", 1, " new\r\n\tfold");
        },
      });
      await send();
      const { rest } = await delivered();
      const expected = header
        .replace(/^Received:.*\r\n\t.*\r\n/, "")
        .replace("X-Again: 1\r\n", "")
        .replace("X-Again: 3\r\n", "")
        .replace("X-Folded: one\r\n  two\r\n\tthree", "X-Folded: new\r\n\tfold");
      expect(rest).toBe(`${expected}\r\n\r\nHello.\r\n\r\n.dot\r\n`);
    });

    test("replaces sender, recipients and a long body", async () => {
      milter.options = { actions: allActions };
      const body = Buffer.from(`${"line of a new body \u00e9\r\n".repeat(20_000)}.\r\n`);
      milter.handler = () => ({
        endOfMessage: (changes) => {
          changes.replaceBody(body);
          changes.changeSender("bounce@example.com");
          changes.addRecipient("dave@example.net");
          changes.addRecipient("erin@example.net", ["NOTIFY=NEVER"]);
          changes.deleteRecipient("carol@example.net");
          changes.insertHeader(1, "X-Body", " new");
        },
      });
      await send();
      const { mailFrom, rcptTo, bytes } = await sink.next();
      expect(mailFrom).toMatch(/^<bounce@example\.com>/);
      expect(rcptTo.map((argument) => argument.split(" ")[0]).toSorted()).toEqual([
        "<bob@example.net>",
        "<dave@example.net>",
        "<erin@example.net>",
      ]);
      expect(bytes.toString()).toContain("\r\nX-Body: new\r\n");
      expect(bytes.subarray(-body.length).equals(body)).toBe(true);
    });

    test("quarantines", async () => {
      milter.options = { actions: ["quarantine"] };
      milter.handler = () => ({ endOfMessage: (changes) => changes.quarantine("smells 100%") });
      const before = sink.messages.length;
      expect((await send()).message).toMatch(/^250 /);
      await postfix.waitForLog(/milter triggers HOLD action|smells 100/);
      const held = (await postfix.queue()).filter(({ queue_name }) => queue_name === "hold");
      expect(held.length).toBe(1);
      expect(sink.messages.length).toBe(before);
    });
  });

  describe("answers", () => {
    const own = smtpReply({
      code: 554,
      enhancedCode: "5.7.26",
      text: ["100% refused,", "in two lines"],
    });

    /** The reply at which the client learns of an answer at each step. */
    function replyAt(step: (typeof steps)[number], replies: SmtpReplies): string | undefined {
      switch (step) {
        case "connect":
        case "helo":
        case "mailFrom":
          return replies.mail;
        case "rcptTo":
          return replies.rcpt[0];
        case "data":
          return replies.data;
        default:
          return replies.message;
      }
    }

    describe.each(steps)("at %s", (step) => {
      test.each([
        ["reject", "reject", /^5\d\d 5\.7\.1 /],
        ["tempfail", "tempfail", /^4\d\d 4\.7\.1 /],
        ["own words", own, /^554-5\.7\.26 100% refused,\n554 5\.7\.26 in two lines$/],
      ] as const)("%s", async (_name, answer, expected) => {
        milter.handler = () => ({ [step]: () => answer });
        const before = sink.messages.length;
        const replies = await send();
        expect(replyAt(step, replies)).toMatch(expected);
        expect(sink.messages.length).toBe(before);
      });

      test("accept asks no more", async () => {
        const later: string[] = [];
        const note = (name: string) => (): void => void later.push(name);
        const rest = steps.slice(steps.indexOf(step) + 1);
        milter.handler = () => ({
          ...Object.fromEntries(rest.map((name) => [name, note(name)])),
          [step]: () => "accept",
        });
        expect((await send()).message).toMatch(/^250 /);
        await sink.next();
        expect(later).toEqual([]);
      });
    });

    test("discard takes the message and throws it away", async () => {
      milter.handler = () => ({ endOfMessage: () => "discard" });
      const before = sink.messages.length;
      expect((await send()).message).toMatch(/^250 /);
      await postfix.waitForLog(/milter triggers DISCARD action/);
      const queued = await postfix.queue();
      expect(queued.filter(({ queue_name }) => queue_name !== "hold")).toEqual([]);
      expect(sink.messages.length).toBe(before);
    });

    test("shutdown ends the SMTP connection", async () => {
      milter.handler = () => ({ mailFrom: () => "shutdown" });
      await expect(send()).resolves.toMatchObject({ mail: expect.stringMatching(/^421 /) });
    });

    test("skip spares the rest of the body, and the end of the message comes", async () => {
      const chunks: number[] = [];
      milter.options = { actions: ["add-headers"] };
      milter.handler = () => ({
        body: (chunk) => {
          chunks.push(chunk.length);
          return "skip";
        },
        endOfMessage: (changes) => changes.insertHeader(0, "X-Skipped", " yes"),
      });
      await send(message("a line of the body\r\n".repeat(20_000)));
      expect(chunks).toEqual([65_535]);
      expect((await delivered()).above).toBe("X-Skipped: yes\r\n");
    });
  });

  test("a handler that fails has the message refused for now, and the next one goes through", async () => {
    milter.handler = () => ({
      header: () => {
        throw new Error("no");
      },
    });
    expect((await send()).message).toMatch(/^451 4\.7\.1 /);
    expect(milter.errors.splice(0)).toMatchObject([{ code: "handler-failed", step: "header" }]);
    milter.handler = () => ({});
    expect((await send()).message).toMatch(/^250 /);
    await sink.next();
  });

  test("an MTA that keeps no leading space adds and takes one", async () => {
    const old = await Postfix.start({
      nextHopPort: sink.port,
      smtpdMilters: [milter.address],
      main: { milter_protocol: "2" },
    });
    onTestFinished(() => old.stop());
    const pieces: Uint8Array[] = [];
    milter.options = { actions: ["add-headers"], silentSteps: ["header", "body"] };
    milter.handler = () => ({
      header: (field, { terms }) => void pieces.push(fieldBytes(field, terms.leadingSpace)),
      endOfMessage: (changes) => changes.insertHeader(1, "X-Spaced", " one\r\n\ttwo"),
    });
    const content = Buffer.from("X-A: 1\r\nX-B:  2\r\n\t3\r\nX-C: \r\n\r\nbody\r\n");
    await send(content, old);
    expect(Buffer.concat(pieces).toString()).toBe("X-A: 1\r\nX-B:  2\r\n\t3\r\nX-C: \r\n");
    expect((await delivered()).rest).toBe(`X-Spaced: one\r\n\ttwo\r\n${content.toString()}`);
  });

  test("mail from sendmail(1) passes non_smtpd_milters", async () => {
    const seen: string[] = [];
    milter.options = { actions: ["add-headers"] };
    milter.handler = () => ({
      connect: ({ family, hostname }) => void seen.push(`${family} ${hostname}`),
      mailFrom: ({ address }) => void seen.push(address),
      header: ({ name }) => void seen.push(name),
      endOfMessage: (changes) => changes.insertHeader(1, "X-Signed", " yes\n\tfold"),
    });
    await postfix.sendmail(
      "alice@example.com",
      ["bob@example.net"],
      Buffer.from("Subject: x\n\nhi\n"),
    );
    const { bytes } = await sink.next();
    expect(bytes.toString()).toMatch(
      /^Received: [^]*\r\nX-Signed: yes\r\n\tfold\r\n[^]*\r\n\r\nhi\r\n$/,
    );
    expect(seen).toEqual([
      "inet localhost",
      "alice@example.com",
      "Subject",
      "Message-Id",
      "Date",
      "From",
    ]);
  });
});

test("Postfix is installed", ({ skip }) => {
  skip(absent, missing);
  expect(missing).toBeUndefined();
});
