import { type Lease, type NewMessage, type Queue, QueueError } from "@mailseal/queue";
import type { SinkEvent, SinkMessage } from "@mailseal/testkit/smtp-sink";
import { describe, expect, test } from "vitest";
import { mailTo, openTestQueue, startSink, startWorker } from "../worker-under-test.ts";

const settled = (how: string) => (line: Record<string, unknown>) =>
  line["msg"] === "delivery" && line["settled"] === how;

const refusesNobody = ({ stage, line }: SinkEvent): string | undefined =>
  stage === "rcpt" && line.includes("nobody") ? "550 5.1.1 No such user" : undefined;

function mail(header = ""): Buffer {
  return Buffer.from(`From: joe@example.com\r\n${header}Subject: Lunch\r\n\r\nAt noon?\r\n`);
}

/** The queue, but for what `faults` does instead: it is given what would be done. */
function withFaults(
  queue: Queue,
  faults: {
    readonly add?: (message: NewMessage) => void;
    readonly done?: () => void;
  },
): Queue {
  const faulty = (lease: Lease): Lease => ({
    message: lease.message,
    expiresAtMs: lease.expiresAtMs,
    body: () => lease.body(),
    bytes: () => lease.bytes(),
    done: async () => {
      faults.done?.();
      await lease.done();
    },
    retry: (retry) => lease.retry(retry),
    dead: (reason, recipients) => lease.dead(reason, recipients),
    extend: (ms) => lease.extend(ms),
    release: () => lease.release(),
  });
  return new Proxy(queue, {
    get: (target, name) => {
      if (name === "add") {
        return async (message: NewMessage, body: Uint8Array) => {
          faults.add?.(message);
          return target.add(message, body);
        };
      }
      if (name === "take") {
        return async (...args: Parameters<Queue["take"]>) =>
          (await target.take(...args)).map(faulty);
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
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

test(
  "a settlement that fails for now is retried, and no recipient gets the message twice",
  { timeout: 20_000 },
  async () => {
    const sink = await startSink();
    // Its lease runs out before it can be settled: it is taken again.
    const queue = await openTestQueue(undefined, undefined, { leaseMs: 400 });
    await queue.add(mailTo(["ann@example.net"]), mail());
    let failures = 0;
    const { logged } = await startWorker({
      port: sink.port,
      queue: withFaults(queue, {
        done: () => {
          failures++;
          if (failures <= 3) throw new QueueError("queue-unavailable", "the disk is gone");
        },
      }),
    });
    await logged(settled("done"));
    expect(failures).toBeGreaterThan(3);
    expect(sink.messages).toHaveLength(1);
    expect((await queue.stats()).depth).toBe(0);
  },
);

test(
  "a worker that is killed between its bounce and its settlement sends no second bounce",
  { timeout: 20_000 },
  async () => {
    const sink = await startSink({ react: refusesNobody });
    const queue = await openTestQueue(undefined, undefined, { leaseMs: 400 });
    await queue.add(mailTo(["nobody@example.net"]), mail());
    const killed = await startWorker({
      port: sink.port,
      queue: withFaults(queue, {
        done: () => {
          throw new QueueError("queue-closed", "killed");
        },
      }),
    });
    await killed.logged(
      ({ msg }) => msg === "a delivery could not be settled, the message will be delivered again",
    );
    await killed.worker.stop(0);
    const { logged } = await startWorker({ port: sink.port, queue });
    await logged(({ to, attempt }) => String(to) === "nobody@example.net" && Number(attempt) > 1);
    while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const told = new Set(
      bounces(sink.messages).map(({ bytes }) => /^Message-ID: .*$/m.exec(bytes.toString())?.[0]),
    );
    expect(told.size).toBe(1);
  },
);

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

describe("a message to many domains", { timeout: 30_000 }, () => {
  const toMany = (count: number, changes: Partial<NewMessage> = {}): NewMessage => ({
    envelope: { from: "joe@sender.example" },
    destinations: Array.from({ length: count }, (_, at) => ({
      route: `mx d${at}.absent.example`,
      recipients: [{ address: `ann@d${at}.absent.example` }],
    })),
    context: new Map([
      ["ascii", "true"],
      ["asciiHeader", "true"],
      ["queueId", "Q1"],
      ["destinations", String(count)],
    ]),
    ...changes,
  });
  const worker = { bounces: { gather: "1s" } };

  test("has one bounce, with the header only, even from two workers", async () => {
    const sink = await startSink();
    const queue = await openTestQueue();
    await queue.add(toMany(120), mail());
    await startWorker({ port: sink.port, queue, worker });
    await startWorker({ port: sink.port, queue, worker });
    await sink.next();
    while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sink.messages).toHaveLength(1);
    const report = sink.messages[0]?.bytes.toString() ?? "";
    expect(report.match(/^Final-Recipient: /gm)).toHaveLength(120);
    expect(report).toContain("Subject: Lunch");
    expect(report).not.toContain("At noon?");
    expect(report.length).toBeLessThan(60_000);
  });

  test("has at most one more bounce if a worker ends, and the next worker sends its notices", async () => {
    const sink = await startSink();
    const queue = await openTestQueue(undefined, undefined, { leaseMs: 500 });
    await queue.add(toMany(20), mail());
    const first = await startWorker({
      port: sink.port,
      queue: new Proxy(queue, {
        get: (target, name) => {
          // Its bounce is queued, and it is killed before it has removed what it told.
          if (name === "drop") return () => new Promise(() => undefined);
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? (value as () => unknown).bind(target) : value;
        },
      }),
      worker: { bounces: { gather: "200ms" } },
    });
    await sink.next();
    await first.worker.stop(0);
    await startWorker({ port: sink.port, queue, worker });
    while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sink.messages.length).toBeLessThanOrEqual(2);
    for (const { bytes } of sink.messages) {
      expect(bytes.toString().match(/^Final-Recipient: /gm)).toHaveLength(20);
    }
  });

  test("keeps its notices while their bounce cannot be queued", async () => {
    const sink = await startSink();
    const queue = await openTestQueue();
    await queue.add(toMany(5), mail());
    let isFull = true;
    const { logged } = await startWorker({
      port: sink.port,
      worker: { bounces: { gather: "100ms" } },
      queue: withFaults(queue, {
        add: ({ destinations: [first] }) => {
          if (isFull && first?.route.startsWith("mx ") === true) throw full();
        },
      }),
    });
    await logged(({ msg }) => String(msg).startsWith("a notification could not be queued"));
    isFull = false;
    await sink.next();
    while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const told = sink.messages.flatMap(({ bytes }) =>
      Array.from(bytes.toString().matchAll(/^Final-Recipient: .*$/gm), ([line]) => line),
    );
    expect(new Set(told).size).toBe(5);
    expect(told).toHaveLength(5);
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

  test("UTF-8 recipients have SMTPUTF8, and one that the server cannot take fails alone", async () => {
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
