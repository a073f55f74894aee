import type { Queue } from "@mailseal/queue";
import { describe, expect, test } from "vitest";
import { settled } from "../collected-log.ts";
import { content, mailTo, openTestQueue, startSink, startWorker } from "../worker-under-test.ts";

async function depth(queue: Queue): Promise<number> {
  return (await queue.stats()).depth;
}

describe("a message", { timeout: 20_000 }, () => {
  test("is delivered to the MX of its domain, with its envelope", async () => {
    const sink = await startSink();
    const { queue, logged } = await startWorker({ port: sink.port });
    await queue.add(
      mailTo(["ann@example.net"], {
        envelope: {
          recipients: [
            {
              address: "ann@example.net",
              dsn: { notify: ["success"], orcpt: "rfc822;a@b.example" },
            },
          ],
          ret: "full",
          envid: "x y",
          body8bit: true,
        },
      }),
      content,
    );
    await logged(settled("done"));
    expect(sink.messages).toMatchObject([
      {
        mailFrom: `<joe@sender.example> SIZE=${content.length + 4096} BODY=8BITMIME RET=FULL ENVID=x+20y`,
        rcptTo: ["<ann@example.net> NOTIFY=SUCCESS ORCPT=rfc822;a@b.example"],
        bytes: content,
      },
    ]);
    expect(await depth(queue)).toBe(0);
  });

  test("with quoted local parts is delivered as they are, and reported to a quoted sender", async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("no@b") ? "550 5.1.1 No such user" : undefined,
    });
    const { queue, logged } = await startWorker({ port: sink.port });
    const quoted = ['"a b"', '"a@b"', '"a>b"', '"a\\"b"'].map((it) => `${it}@example.net`);
    const envelope = { from: '"j@o e"@sender.example' };
    await queue.add(
      mailTo([...quoted, '"no@b dy"@example.net'], { envelope, route: "mx example.net" }),
      content,
    );
    await logged(({ to }) => JSON.stringify(to) === JSON.stringify([envelope.from]));
    const [delivered, report] = sink.messages;
    expect(delivered).toMatchObject({
      mailFrom: expect.stringMatching(/^<"j@o e"@sender\.example> /),
      rcptTo: quoted.map((address) => `<${address}>`),
    });
    expect(report?.rcptTo).toEqual(['<"j@o e"@sender.example> NOTIFY=NEVER']);
    const lines = report?.bytes.toString().split("\r\n");
    expect(lines).toContain('Final-Recipient: rfc822; "no@b dy"@example.net');
    expect(lines).toContain('To: <"j@o e"@sender.example>');
  });

  test("is retried for the deferred recipients only", async () => {
    const sink = await startSink({
      react: ({ stage, line, taken }) =>
        stage === "rcpt" && line.includes("later") && taken === 0 ? "450 4.2.1 Later" : undefined,
    });
    const { queue, logged } = await startWorker({ port: sink.port });
    await queue.add(mailTo(["ann@example.net", "later@example.net"]), content);
    await logged(settled("done"));
    expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([
      ["<ann@example.net>"],
      ["<later@example.net>"],
    ]);
  });

  test("that fails is reported to its sender, once, by mail of the null sender", async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("nobody") ? "550 5.1.1 No such user" : undefined,
    });
    const { queue, logged, worker } = await startWorker({ port: sink.port });
    await queue.add(
      mailTo(["ann@example.net", "nobody@example.net"], { envelope: { envid: "E1" } }),
      content,
    );
    await logged(({ to }) => JSON.stringify(to) === '["joe@sender.example"]');
    const report = sink.messages.find(({ mailFrom }) => mailFrom.startsWith("<>"));
    expect(report?.rcptTo).toEqual(["<joe@sender.example> NOTIFY=NEVER"]);
    const lines = report?.bytes.toString().split("\r\n") ?? [];
    expect(lines).toEqual(
      expect.arrayContaining([
        "Content-Type: multipart/report; report-type=delivery-status;",
        "Reporting-MTA: dns; us.test",
        "Original-Envelope-Id: E1",
        "Final-Recipient: rfc822; nobody@example.net",
        "Action: failed",
        "Status: 5.1.1",
        "Remote-MTA: dns; mx.test",
        "Diagnostic-Code: smtp; 550 5.1.1 No such user",
        "Auto-Submitted: auto-replied",
        "Content-Type: text/rfc822-headers",
        "Subject: Lunch",
      ]),
    );
    expect(lines).not.toContain("At noon?");
    expect(lines).not.toContain("Final-Recipient: rfc822; ann@example.net");
    expect(await depth(queue)).toBe(0);
    const counted = worker.statistics.snapshot();
    expect(JSON.stringify(counted)).toContain("example.net");
  });

  test.each([
    ["a domain without MX and address", "ann@absent.example", "550 5.1.2"],
    ["an address literal", "ann@[127.0.0.1]", "550 5.1.2"],
  ])("to %s fails at once", async (_what, address, reply) => {
    const sink = await startSink();
    const { queue, logged, log } = await startWorker({ port: sink.port });
    await queue.add(mailTo([address], { route: "x" }), content);
    await logged(({ to }) => JSON.stringify(to) === '["joe@sender.example"]');
    expect(log().find(settled("done"))?.["reply"]).toContain(reply);
    expect(sink.messages[0]?.bytes.toString()).toContain("Action: failed");
  });

  test("that expires is returned to its sender, whole if the sender asked for that", async () => {
    const sink = await startSink();
    let nowMs = Date.now();
    const now = (): number => nowMs;
    const worker = { bounces: { returned: "full" } };
    const { queue, logged } = await startWorker({ port: sink.port, now, worker });
    const envelope = { ret: "full" as const };
    await queue.add(mailTo(["ann@servfail.example"], { envelope, firstSeenMs: nowMs }), content);
    await logged(settled("retry"));
    nowMs += 5 * 86_400_000;
    await logged(({ to }) => JSON.stringify(to) === '["joe@sender.example"]');
    const report = sink.messages[0]?.bytes.toString() ?? "";
    expect(report).toContain("Status: 4.4.7");
    expect(report).toContain("given up after the last of many attempts");
    expect(report).toContain("the DNS lookup for servfail.example failed");
    // A diagnostic quotes the reply of a host (RFC 3464 2.3.6).
    expect(report).not.toContain("Diagnostic-Code");
    expect(report).toContain("Content-Type: message/rfc822\r\n\r\nFrom: joe@example.com");
    expect(report).toContain("At noon?");
  });

  test("that expires quotes the reply that a server sent in place of a greeting", async () => {
    const sink = await startSink({
      react: ({ stage, connection }) =>
        stage === "connect" && connection < 2 ? "554 5.3.2 Not taking mail today" : undefined,
    });
    let nowMs = Date.now();
    const worker = { retry: ["1h"], expiry: "1h" };
    const { queue, logged } = await startWorker({ port: sink.port, now: () => nowMs, worker });
    await queue.add(mailTo(["ann@example.net"], { firstSeenMs: nowMs }), content);
    await logged(settled("retry"));
    nowMs += 2 * 3_600_000;
    const report = (await sink.next()).bytes.toString();
    expect(report).toContain("Status: 4.4.7");
    expect(report).toContain("Diagnostic-Code: smtp; 554 5.3.2 Not taking mail today");
    expect(report).toContain("Remote-MTA: dns; mx.test");
  });

  test("that is delayed is reported to its sender once", async () => {
    const sink = await startSink();
    let nowMs = Date.now();
    const { queue, logged, log } = await startWorker({
      port: sink.port,
      now: () => nowMs,
      worker: { delayWarning: "4h" },
    });
    await queue.add(mailTo(["ann@servfail.example"], { firstSeenMs: nowMs }), content);
    await logged(settled("retry"));
    nowMs += 4 * 3_600_000;
    await logged(({ to }) => JSON.stringify(to) === '["joe@sender.example"]');
    await logged(({ attempt }) => attempt === 2);
    nowMs += 60_000;
    await logged(({ attempt }) => attempt === 3);
    nowMs += 60_000;
    await logged(({ attempt }) => attempt === 4);
    expect(sink.messages).toHaveLength(1);
    const report = sink.messages[0]?.bytes.toString();
    expect(report).toContain("Action: delayed");
    expect(report).toContain("Will-Retry-Until: ");
    expect(log().filter(settled("done"))).toHaveLength(1);
  });

  test("that is delayed is reported to its sender even if a server claims to have done so", async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("example.net") ? "451 later (sender told)" : undefined,
    });
    let nowMs = Date.now();
    const { queue, logged } = await startWorker({
      port: sink.port,
      now: () => nowMs,
      worker: { delayWarning: "4h" },
    });
    await queue.add(mailTo(["ann@example.net"], { firstSeenMs: nowMs }), content);
    await logged(settled("retry"));
    nowMs += 4 * 3_600_000;
    expect((await sink.next()).bytes.toString()).toContain("Action: delayed");
  });

  test.each([
    [["never"] as const, 0, ["DSN"]],
    [["success"] as const, 1, []],
    [["success"] as const, 0, ["DSN"]],
    [undefined, 0, []],
  ])(
    "delivered with NOTIFY=%j: %i reports if the next hop has %j",
    async (notify, count, extensions) => {
      const sink = await startSink({ extensions });
      const { queue, logged } = await startWorker({ port: sink.port });
      const recipient = {
        address: "ann@example.net",
        ...(notify === undefined ? {} : { dsn: { notify } }),
      };
      await queue.add(
        mailTo([], { route: "mx example.net", envelope: { recipients: [recipient] } }),
        content,
      );
      await logged(
        ({ to }) =>
          JSON.stringify(to) ===
          JSON.stringify([count === 0 ? "ann@example.net" : "joe@sender.example"]),
      );
      expect(await depth(queue)).toBe(0);
      const reports = sink.messages.filter(({ mailFrom }) => mailFrom.startsWith("<>"));
      expect(reports).toHaveLength(count);
      expect(reports.every(({ bytes }) => bytes.includes("Action: relayed"))).toBe(true);
    },
  );

  test.each([
    ["failure", 1],
    ["never", 0],
  ] as const)("that fails with NOTIFY=%s: %i reports", async (notify, count) => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("nobody") ? "550 5.1.1 No" : undefined,
    });
    const { queue, logged } = await startWorker({ port: sink.port });
    const recipient = { address: "nobody@example.net", dsn: { notify: [notify] } };
    await queue.add(mailTo([], { route: "a", envelope: { recipients: [recipient] } }), content);
    await logged(settled("done"));
    if (count > 0) await sink.next();
    else expect(await depth(queue)).toBe(0);
    expect(sink.messages).toHaveLength(count);
  });

  test("of the null sender that fails becomes a dead letter without a report", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "rcpt" ? "550 5.1.1 No such user" : undefined),
    });
    const { queue, logged } = await startWorker({ port: sink.port });
    await queue.add(mailTo(["nobody@example.net"], { envelope: { from: "" } }), content);
    await logged(settled("dead"));
    const { messages } = await queue.list({ state: "dead" });
    expect(messages.map(({ reason }) => reason)).toEqual(["550 5.1.1 No such user"]);
    expect(await depth(queue)).toBe(0);
  });

  test("is counted as deferred when it is deferred, and as accepted when it is delivered", async () => {
    let refusals = 2;
    const sink = await startSink({
      react: ({ stage }) => (stage === "message" && refusals-- > 0 ? "451 4.2.0 Later" : undefined),
    });
    const counted: string[] = [];
    const { queue, logged } = await startWorker({
      port: sink.port,
      traffic: { settled: (_, answered) => counted.push(answered) },
    });
    await queue.add(mailTo(["ann@example.net"]), content);
    await logged(settled("done"));
    expect(counted).toEqual(["deferred", "deferred", "accepted"]);
  });

  test.each([
    ["is missing", { key: "/nonexistent/key.pem" }],
    ["cannot be used", { keyText: "no key" }],
  ])("whose key %s is deferred, and never sent unsigned", async (_, key) => {
    const sink = await startSink();
    const { queue, logged, log } = await startWorker({
      port: sink.port,
      config: { signing: { selector: "s1", ...key } },
    });
    await queue.add(mailTo(["ann@example.net"]), content);
    await logged(settled("retry"));
    expect(log().find(settled("retry"))?.["reply"]).toMatch(/^451/);
    expect(sink.messages).toEqual([]);
  });
});

describe("many messages", { timeout: 30_000 }, () => {
  test("a destination that hangs does not slow others", async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("hang.example") ? "hang" : undefined,
    });
    const queue = await openTestQueue();
    for (let at = 0; at < 60; at++) await queue.add(mailTo([`a${at}@hang.example`]), content);
    for (let at = 0; at < 100; at++) await queue.add(mailTo([`b${at}@good.example`]), content);
    const { worker } = await startWorker({
      port: sink.port,
      queue,
      worker: { destinationConcurrency: 5, concurrency: 10 },
    });
    for (let at = 0; at < 100; at++) await sink.next();
    expect(worker.load).toBeLessThanOrEqual(20);
    expect(sink.messages.every(({ rcptTo }) => rcptTo[0]?.includes("good.example"))).toBe(true);
  });

  test("a binding at its limit does not slow others, however many domains it has mail for", async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("hang.example") ? "hang" : undefined,
    });
    const queue = await openTestQueue();
    const mailBy = (binding: string, domain: string) => {
      const mail = mailTo([`ann@${domain}`], { route: `mx ${domain} by ${binding}` });
      return { ...mail, context: new Map([...(mail.context ?? []), ["binding", binding]]) };
    };
    for (let at = 0; at < 300; at++) {
      await queue.add(mailBy("slow", `d${at}.hang.example`), content);
    }
    for (let at = 0; at < 100; at++) await queue.add(mailBy("quick", `d${at}.example`), content);
    await startWorker({
      port: sink.port,
      queue,
      config: { bindings: { slow: {}, quick: {} } },
      worker: { concurrency: 10, bindings: { slow: { concurrency: 2 } } },
    });
    for (let at = 0; at < 100; at++) await sink.next();
    expect(sink.messages.every(({ rcptTo }) => !rcptTo[0]?.includes("hang.example"))).toBe(true);
  });

  test("no more connections to a destination than its limit", async () => {
    let open = 0;
    let most = 0;
    const sink = await startSink({
      react: async ({ stage }) => {
        if (stage === "mail") most = Math.max(most, ++open);
        if (stage === "message") {
          await new Promise((resolve) => setImmediate(resolve));
          open--;
        }
        return undefined;
      },
    });
    const queue = await openTestQueue();
    for (let at = 0; at < 50; at++) await queue.add(mailTo([`a${at}@example.net`]), content);
    await startWorker({
      port: sink.port,
      queue,
      worker: { destinations: { "*.net": { concurrency: 3 } } },
    });
    for (let at = 0; at < 50; at++) await sink.next();
    expect(most).toBeLessThanOrEqual(3);
    expect(sink.connections).toBeLessThanOrEqual(3);
  });

  test("a body that is too long for memory is read in pieces, and delivered whole", async () => {
    const sink = await startSink();
    const { queue } = await startWorker({ port: sink.port });
    const long = Buffer.concat([content, Buffer.from(".line of text\r\n".repeat(200_000))]);
    await queue.add(mailTo(["ann@example.net"]), long);
    const { bytes } = await sink.next();
    expect(bytes.equals(long)).toBe(true);
  });
});
