import { openQueue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import { expect, test } from "vitest";
import { afterThisTest, signingPipeline, startRelay } from "../support/relay-under-test.ts";

const head = "From: joe@example.com\r\nSubject: News\r\n\r\n";
const message = Buffer.from(`${head}${"This line is repeated.\r\n".repeat(3600)}`);
const domains = Array.from({ length: 1000 }, (_, index) => `d${index}.example`);
const rcptTo = domains.map((domain) => `<ann@${domain}>`);

test(
  "86 KB to 1,000 domains by MX is accepted, and each domain has it once",
  { timeout: 60_000 },
  async () => {
    const file = `${temporaryDirectory("test")}/queue.db`;
    const { port } = await startRelay({
      nextHopPort: 25,
      listener: { mode: "queue" },
      config: { queue: { file }, bindings: { out: {} } },
      pipeline: signingPipeline(),
    });
    const replies = await submit({ port, message, mailFrom: "<joe@example.com>", rcptTo });
    expect(replies.message).toMatch(/^250 2\.0\.0 OK: \w+ queued$/);

    const queue = await openQueue({ file });
    afterThisTest(() => queue.close());
    const { depth, bytes } = await queue.stats();
    expect(depth).toBe(1000);
    expect(bytes).toBeLessThan(2 * message.length);
    const delivered: string[] = [];
    for (;;) {
      const leases = await queue.take(200);
      if (leases.length === 0) break;
      for (const lease of leases) {
        const content = Buffer.from(await lease.bytes());
        expect(content.subarray(-message.length).equals(message)).toBe(true);
        delivered.push(...lease.message.envelope.recipients.map(({ address }) => address));
        await lease.done();
      }
    }
    expect(delivered.toSorted()).toEqual(domains.map((domain) => `ann@${domain}`).toSorted());
    expect(await queue.stats()).toMatchObject({ depth: 0, bytes: 0 });
  },
);
