import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { settled } from "../../collected-log.ts";
import {
  content,
  mailTo,
  openTestQueue,
  startSink,
  startWorker,
  testKey,
} from "../../worker-under-test.ts";

const of = (domain: string): Buffer =>
  Buffer.from(content.toString().replace("example.com", domain));

function hookModule(): string {
  const path = join(temporaryDirectory("test"), "hooks.mjs");
  const source = `export async function beforeSign(message) {
    if (message.from[0].endsWith("@loop.example")) for (;;);
    if (message.from[0].endsWith("@bad.example")) { Promise.reject(new Error("left alone")); }
  }`;
  writeFileSync(path, source);
  return path;
}

describe("a hook that fails for a queued message", { timeout: 60_000 }, () => {
  test.for([
    ["leaves a rejection", "bad.example", /rejected: Error: left alone/],
    ["never returns", "loop.example", /no answer within 100 ms; it does not return/],
  ] as const)(
    "because it %s: the message is retried, then becomes a dead letter, and other mail is delivered",
    async ([, domain, reason]) => {
      const sink = await startSink();
      const { queue, logged, log } = await startWorker({
        port: sink.port,
        config: {
          signing: { selector: "s", keyText: testKey.toPem() },
          hooks: { module: hookModule(), timeout: "100ms", maxFailures: 3 },
        },
      });
      await queue.add(mailTo(["ann@example.net"]), of(domain));
      await queue.add(mailTo(["bob@example.net"]), content);
      await logged(settled("dead"));
      await logged(settled("done"));
      const { messages } = await queue.list({ state: "dead" });
      expect(messages.map((it) => [it.attempt, it.reason])).toEqual([
        [3, expect.stringMatching(reason)],
      ]);
      expect(messages[0]?.reason).toMatch(/\(hook failures in a row: 3\)$/);
      expect(log().filter(settled("retry"))).toHaveLength(2);
      // Nobody was sent a bounce, and the other message is signed.
      expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([["<bob@example.net>"]]);
      expect(sink.messages[0]?.bytes.toString()).toMatch(/^DKIM-Signature: /);
    },
  );

  test("may fail any number of times if maxFailures is 0, and the replies of hosts do not count", async () => {
    const text = "451 4.0.0 no (hook failures in a row: 99)";
    const sink = await startSink({
      react: ({ stage, taken }) => (stage === "rcpt" && taken === 0 ? text : undefined),
    });
    const { queue, logged } = await startWorker({
      port: sink.port,
      config: {
        signing: { selector: "s", keyText: testKey.toPem() },
        hooks: { module: hookModule(), maxFailures: 2 },
      },
    });
    await queue.add(mailTo(["ann@example.net"]), of("bad.example"));
    await queue.add(mailTo(["bob@example.net"]), content);
    await logged(settled("retry"));
    await logged(settled("dead"));
    const { messages } = await queue.list({ state: "dead" });
    expect(messages).toHaveLength(1);
  });
});

describe("a queued message whose key cannot be used", { timeout: 60_000 }, () => {
  test("waits with the reason, is never sent unsigned, and is signed when the key is back", async () => {
    const sink = await startSink();
    const key = join(temporaryDirectory("test"), "key.pem");
    writeFileSync(key, "garbage", { mode: 0o600 });
    const { queue, logged, log } = await startWorker({
      port: sink.port,
      worker: { retry: ["300ms"] },
      config: {
        signing: { selector: "s", key, onMissingKey: "defer" },
        keys: { positiveTtl: "0s", negativeTtl: "0s" },
      },
    });
    await queue.add(mailTo(["ann@example.net"]), content);
    await logged(settled("retry"));
    const { messages } = await queue.list();
    expect(messages[0]?.reason).toContain(key);
    expect(sink.messages).toEqual([]);
    writeFileSync(key, testKey.toPem(), { mode: 0o600 });
    await logged(settled("done"));
    expect(sink.messages[0]?.bytes.toString()).toMatch(/^DKIM-Signature: /);
    // At the pace of the schedule: it is not spun.
    const { length } = log().filter(settled("retry"));
    expect(length).toBeLessThan(20);
  });

  test("is retried within minutes, and returned to its sender when it expires", async () => {
    let time = 1_790_000_000_000;
    const now = (): number => time;
    const queue = await openTestQueue(now);
    const sink = await startSink();
    const key = join(temporaryDirectory("test"), "key.pem");
    writeFileSync(key, "garbage", { mode: 0o600 });
    const { logged } = await startWorker({
      port: sink.port,
      queue,
      now,
      worker: { retry: ["4h"], expiry: "1d", jitter: 0 },
      config: { signing: { selector: "s", key, onMissingKey: "defer" } },
    });
    await queue.add(mailTo(["ann@example.net"], { envelope: { from: "" } }), content);
    await logged(settled("retry"));
    const { messages } = await queue.list();
    expect(messages[0]?.dueMs).toBe(time + 15 * 60_000);
    time += 86_400_000;
    await logged(settled("dead"));
    const dead = await queue.list({ state: "dead" });
    expect(dead.messages[0]?.reason).toContain(key);
  });
});
