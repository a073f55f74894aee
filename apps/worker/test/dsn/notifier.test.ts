import { type NewMessage, QueueError } from "@mailseal/queue";
import type { SinkEvent, SinkMessage } from "@mailseal/testkit/smtp-sink";
import { describe, expect, test } from "vitest";
import { settled } from "../collected-log.ts";
import { withFaults } from "../faulty-queue.ts";
import { mailTo, openTestQueue, startSink, startWorker } from "../worker-under-test.ts";

const refusesNobody = ({ stage, line }: SinkEvent): string | undefined =>
  stage === "rcpt" && line.includes("nobody") ? "550 5.1.1 No such user" : undefined;

function mail(header = ""): Buffer {
  return Buffer.from(`From: joe@example.com\r\n${header}Subject: Lunch\r\n\r\nAt noon?\r\n`);
}

const full = () => new QueueError("queue-full", "no space left on the disk");
const bounces = (messages: readonly SinkMessage[]): readonly SinkMessage[] =>
  messages.filter(({ mailFrom }) => mailFrom.startsWith("<>"));
const forAnn = (messages: readonly SinkMessage[]): readonly SinkMessage[] =>
  messages.filter(({ rcptTo }) => rcptTo.some((it) => it.includes("ann@")));

describe("a bounce that cannot be queued", { timeout: 20_000 }, () => {
  test("does not have the delivered copy sent again, and is sent when there is room", async () => {
    const sink = await startSink({ react: refusesNobody });
    const queue = await openTestQueue();
    await queue.add(mailTo(["ann@example.net", "nobody@example.net"]), mail());
    let refusals = 0;
    const { logged } = await startWorker({
      port: sink.port,
      queue: withFaults(queue, {
        add: () => {
          refusals++;
          if (refusals <= 3) throw full();
        },
      }),
    });
    await logged(({ to }) => JSON.stringify(to) === '["joe@sender.example"]');
    expect(forAnn(sink.messages)).toHaveLength(1);
    expect(bounces(sink.messages)).toHaveLength(1);
    expect(bounces(sink.messages)[0]?.bytes.toString()).toContain(
      "Final-Recipient: rfc822; nobody@example.net",
    );
    expect((await queue.stats()).depth).toBe(0);
  });

  test("leaves the deferred recipients, and only them, to be retried", async () => {
    const sink = await startSink({
      react: (event) =>
        event.stage === "rcpt" && event.line.includes("later") && event.taken === 0
          ? "450 4.2.1 Later"
          : refusesNobody(event),
    });
    const queue = await openTestQueue();
    const to = ["ann@example.net", "nobody@example.net", "later@example.net"];
    await queue.add(mailTo(to), mail());
    let isFull = true;
    const { logged } = await startWorker({
      port: sink.port,
      queue: withFaults(queue, {
        add: () => {
          if (isFull) throw full();
        },
      }),
    });
    await logged(({ noBounce }) => String(noBounce).includes("no space left"));
    isFull = false;
    await logged((line) => JSON.stringify(line["to"]) === '["joe@sender.example"]');
    const delivered = sink.messages.filter((it) => !it.mailFrom.startsWith("<>"));
    expect(delivered.map(({ rcptTo }) => rcptTo)).toEqual([
      ["<ann@example.net>"],
      ["<later@example.net>"],
    ]);
    expect(bounces(sink.messages)).toHaveLength(1);
  });

  test("until it expires makes the failed recipients a dead letter, with the reason, and logs an error", async () => {
    const sink = await startSink({ react: refusesNobody });
    const nowMs = Date.now();
    const queue = await openTestQueue();
    const firstSeenMs = nowMs - 7 * 86_400_000;
    await queue.add(mailTo(["ann@example.net", "nobody@example.net"], { firstSeenMs }), mail());
    const { logged, log } = await startWorker({
      port: sink.port,
      queue: withFaults(queue, {
        add: () => {
          throw full();
        },
      }),
    });
    await logged(settled("dead"));
    const [dead] = (await queue.list({ state: "dead" })).messages;
    expect(dead?.reason).toBe(
      "550 5.1.1 No such user; not bounced: the bounce could not be queued: no space left on the disk",
    );
    expect(dead?.envelope.recipients).toEqual([{ address: "nobody@example.net" }]);
    expect(
      log().filter(({ msg, level }) => msg === "dead letter" && level === "warn"),
    ).toHaveLength(1);
    expect(forAnn(sink.messages)).toHaveLength(1);
  });
});

describe("a failed message is reported", { timeout: 20_000 }, () => {
  const origin = (entries: Record<string, string>): Pick<NewMessage, "context"> => ({
    context: new Map(Object.entries({ ascii: "true", asciiHeader: "true", ...entries })),
  });
  const bindings = {
    bindings: { loud: {} },
    bindingGroups: { bulk: { bounces: "off" as const, bindings: { quiet: {} } } },
  };

  test.each([
    ["Auto-Submitted: auto-replied\r\n", {}, "it is automatic mail"],
    ["Precedence: bulk\r\n", {}, "it is automatic mail"],
    ["List-Id: <l.example.com>\r\n", {}, "it is automatic mail"],
    [
      "",
      { untold: "foreign-client" },
      "its client was neither authenticated nor local nor in relayNetworks",
    ],
    ["", { untold: "listener", listener: "mx" }, "bounces are off for listener mx"],
    ["", { binding: "quiet" }, "bounces are off for binding quiet"],
  ])("to nobody and is a dead letter: %j, %j: %s", async (header, context, why) => {
    const sink = await startSink({ react: refusesNobody });
    const { queue, logged, log } = await startWorker({ port: sink.port, config: bindings });
    await queue.add(
      mailTo(["ann@example.net", "nobody@example.net"], { ...origin(context) }),
      mail(header),
    );
    await logged(settled("dead"));
    const [dead] = (await queue.list({ state: "dead" })).messages;
    expect(dead?.reason).toBe(`550 5.1.1 No such user; not bounced: ${why}`);
    expect(dead?.envelope.recipients).toEqual([{ address: "nobody@example.net" }]);
    expect(log().filter(({ msg }) => msg === "dead letter")).toMatchObject([
      { reason: dead?.reason },
    ]);
    expect(sink.messages).toHaveLength(1);
    expect((await queue.stats()).depth).toBe(0);
  });

  test.each([
    ["", { binding: "loud" }],
    ["Auto-Submitted: no\r\n", {}],
  ])("to its sender: %j, %j", async (header, context) => {
    const sink = await startSink({ react: refusesNobody });
    const { queue } = await startWorker({ port: sink.port, config: bindings });
    await queue.add(mailTo(["nobody@example.net"], { ...origin(context) }), mail(header));
    expect((await sink.next()).rcptTo).toEqual(["<joe@sender.example> NOTIFY=NEVER"]);
  });

  test("to the sender of automatic mail with `worker.bounces.automatic: on`", async () => {
    const sink = await startSink({ react: refusesNobody });
    const worker = { bounces: { automatic: "on" } };
    const { queue } = await startWorker({ port: sink.port, worker });
    await queue.add(mailTo(["nobody@example.net"]), mail("List-Id: <l.example.com>\r\n"));
    expect((await sink.next()).mailFrom).toMatch(/^<>/);
  });

  test("by a bounce that names the message it answers (RFC 3834) and by default does not return all of it", async () => {
    const sink = await startSink({ react: refusesNobody });
    const { queue } = await startWorker({ port: sink.port });
    await queue.add(
      mailTo(["nobody@example.net"], { envelope: { ret: "full" } }),
      mail("Message-ID: <1@example.com>\r\n"),
    );
    const report = (await sink.next()).bytes.toString();
    expect(report).toMatch(/^Auto-Submitted: auto-replied\r$/m);
    expect(report).toMatch(/^In-Reply-To: <1@example\.com>\r$/m);
    expect(report).toMatch(/^References: <1@example\.com>\r$/m);
    expect(report).toContain("Content-Type: text/rfc822-headers");
    expect(report).not.toContain("At noon?");
  });
});

describe("internationalized mail that fails", { timeout: 20_000 }, () => {
  const utf8Mail = Buffer.from(
    "From: Añn <joe@example.com>\r\nSubject: Grüße\r\n\r\nUm zwölf?\r\n",
  );
  const utf8Context = { context: new Map([["utf8Address", "false"]]) };

  test("is bounced to a sender whose server has neither SMTPUTF8 nor 8BITMIME", async () => {
    const sink = await startSink({
      extensions: ["PIPELINING"],
      react: ({ stage, line }) =>
        stage === "mail" && !line.includes("<>") ? "550 5.7.1 Not from you" : undefined,
    });
    const { queue } = await startWorker({ port: sink.port });
    await queue.add(mailTo(["ann@example.net"]), utf8Mail);
    const { mailFrom, bytes } = await sink.next();
    expect(mailFrom).toBe("<>");
    expect(bytes.every((octet) => octet < 0x80)).toBe(true);
    expect(bytes.toString()).toContain("Subject: Gr=C3=BC=C3=9Fe");
  });

  test("is bounced to a UTF-8 sender with SMTPUTF8", async () => {
    const sink = await startSink({ react: refusesNobody });
    const { queue } = await startWorker({ port: sink.port });
    const envelope = { from: "añn@sender.example", smtputf8: true };
    await queue.add(mailTo(["nobody@example.net"], { ...utf8Context, envelope }), utf8Mail);
    const { mailFrom, rcptTo, bytes } = await sink.next();
    expect(mailFrom).toMatch(/^<> .*SMTPUTF8/);
    expect(Buffer.from(rcptTo[0] ?? "", "latin1").toString()).toMatch(/^<añn@sender\.example>/);
    expect(bytes.toString()).toContain("message/global-headers");
  });

  test("and whose bounce cannot be delivered is a dead letter with the reason, and one line of the log", async () => {
    const sink = await startSink({ extensions: ["PIPELINING", "8BITMIME"], react: refusesNobody });
    const { queue, logged, log } = await startWorker({ port: sink.port });
    const envelope = { from: "añn@sender.example" };
    await queue.add(mailTo(["nobody@example.net"], { envelope }), mail());
    await logged(settled("dead"));
    const { messages } = await queue.list({ state: "dead" });
    expect(messages.map(({ reason }) => reason?.slice(0, 9))).toEqual(["553 5.6.7"]);
    const lost = log().filter(({ level, from }) => level === "warn" && from === "");
    expect(lost).toMatchObject([{ to: ["añn@sender.example"], reason: messages[0]?.reason }]);
    expect((await queue.stats()).depth).toBe(0);
  });

  test("UTF-8 recipients have SMTPUTF8, and one that the server does not support fails alone", async () => {
    const sink = await startSink();
    const plain = await startSink({ extensions: ["8BITMIME"] });
    const { queue } = await startWorker({ port: sink.port });
    await queue.add(mailTo(["añn@example.net", "bob@bücher.example"], { route: "x" }), mail());
    const taken = [await sink.next(), await sink.next()];
    expect(taken.map(({ mailFrom }) => mailFrom.includes("SMTPUTF8")).toSorted()).toEqual([
      false,
      true,
    ]);
    expect(taken.flatMap(({ rcptTo }) => rcptTo)).toContain("<bob@xn--bcher-kva.example>");
    const other = await startWorker({ port: plain.port });
    await other.queue.add(mailTo(["añn@example.net", "ann@example.net"]), mail());
    const two = [await plain.next(), await plain.next()];
    expect(two.map(({ rcptTo }) => rcptTo)).toEqual([
      ["<ann@example.net>"],
      ["<joe@sender.example>"],
    ]);
    expect(two[1]?.bytes.toString()).toContain("Final-Recipient: utf-8; a\\x{F1}n@example.net");
    expect(two[1]?.bytes.toString()).not.toContain("Diagnostic-Code");
  });
});
