import { decodeQueuedMail } from "@mailseal/delivery";
import { openQueue, type Queue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import { describe, expect, test } from "vitest";
import { highWaterRefusal } from "../../src/queue/mail-queue.ts";
import { RawClient } from "../support/raw-client.ts";
import {
  afterThisTest,
  passingPipeline,
  signingPipeline,
  startRelay,
  type TestRelayOptions,
  wholeMessage,
} from "../support/relay-under-test.ts";

const message = Buffer.from("From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n");
const mail = { mailFrom: "<joe@example.com>", rcptTo: ["<ann@example.net>"], message };

async function started(
  config: Record<string, unknown> = {},
  listener: Record<string, unknown> = {},
  pipeline: TestRelayOptions["pipeline"] = signingPipeline(),
): Promise<{ port: number; queue: Queue }> {
  const file = `${temporaryDirectory("test")}/queue.db`;
  const { port } = await startRelay({
    nextHopPort: 25,
    listener: { mode: "queue", ...listener },
    config: { queue: { file }, bindings: { out: {} }, ...config },
    ...(pipeline === undefined ? {} : { pipeline }),
  });
  const queue = await openQueue({ file });
  afterThisTest(() => queue.close());
  return { port, queue };
}

describe("mode queue", () => {
  test("answers 250 when the message is queued, unsigned, once for each route, with its SMTP parameters", async () => {
    const { port, queue } = await started();
    const replies = await submit({
      port,
      message,
      mailFrom: "<joe@example.com> BODY=8BITMIME RET=HDRS ENVID=a+2Bb",
      rcptTo: [
        "<ann@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;ann+2Bx@example.net",
        "<bob@EXAMPLE.net>",
        "<eve@example.org>",
      ],
    });
    expect(replies.message).toMatch(/^250 2\.0\.0 OK: \w+ queued$/);
    const leases = await queue.take(10);
    const byRoute = new Map(leases.map((lease) => [lease.message.route, lease]));
    expect([...byRoute.keys()].toSorted()).toEqual([
      "mx example.net by out",
      "mx example.org by out",
    ]);
    const first = leases.find(({ message: { route } }) => route.includes("example.net"));
    expect(first?.message.envelope).toMatchObject({
      from: "joe@example.com",
      ret: "headers",
      envid: "a+b",
      body8bit: true,
      recipients: [
        {
          address: "ann@example.net",
          dsn: { notify: ["success", "delay"], orcpt: "rfc822;ann+x@example.net" },
        },
        { address: "bob@EXAMPLE.net" },
      ],
    });
    const text = Buffer.from((await first?.bytes()) ?? "").toString();
    expect(text).toMatch(/^Received: from client\.test/);
    expect(text.endsWith(message.toString())).toBe(true);
    expect(first && decodeQueuedMail(first.message)).toMatchObject({
      todo: "pipeline",
      context: {
        direction: "outbound",
        relayNetwork: true,
        submitter: true,
        receivedMs: expect.any(Number),
      },
      needs: { ascii: true },
    });
  });

  test("mail of a foreign client is queued with the order not to sign it", async () => {
    const { port, queue } = await started({}, { relayNetworks: ["127.0.0.1"], xclient: true });
    const client = await RawClient.greeted(port);
    await client.ask("XCLIENT ADDR=192.0.2.7");
    await client.ask("EHLO there.test");
    await client.toData();
    client.send(`${message.toString()}.\r\n`);
    expect(await client.reply()).toMatch(/^250/);
    const [lease] = await queue.take(1);
    const context = lease && decodeQueuedMail(lease.message).context;
    expect(context).toMatchObject({ remoteAddress: "192.0.2.7", unsigned: "foreign-client" });
  });

  test("quoted local parts are queued unchanged, by the domain after the last @", async () => {
    const { port, queue } = await started();
    const quoted = ['"a b"', '"a@b"', '"a>b"', '"a\\"b"'];
    const replies = await submit({
      port,
      message,
      mailFrom: '<"j@o e"@example.com>',
      rcptTo: quoted.map((localPart) => `<${localPart}@example.net>`),
    });
    expect(replies.message).toMatch(/^250/);
    const leases = await queue.take(10);
    expect(leases.map((lease) => lease.message.route)).toEqual(["mx example.net by out"]);
    expect(leases[0]?.message.envelope).toMatchObject({
      from: '"j@o e"@example.com',
      recipients: quoted.map((localPart) => ({ address: `${localPart}@example.net` })),
    });
  });

  test("all recipients of a binding with a next hop are one message", async () => {
    const { port, queue } = await started({
      bindings: { out: { nextHop: { host: "127.0.0.1", port: 25 } } },
    });
    await submit({ ...mail, port, rcptTo: ["<a@example.net>", "<b@example.org>"] });
    const [lease, ...more] = await queue.take(10);
    expect(more).toEqual([]);
    expect(lease?.message.route).toBe("next-hop out");
    expect(lease?.message.envelope.recipients).toHaveLength(2);
  });

  test("inbound mail is verified before it is queued, and not again", async () => {
    const { port, queue } = await started(
      {},
      { direction: "inbound" },
      {
        process: async (stored, envelope, context) => ({
          ...(await passingPipeline().process(stored, envelope, context)),
          prepend: [{ name: "X-Size", value: ` ${(await wholeMessage(stored)).length > 0}` }],
        }),
      },
    );
    await submit({ ...mail, port });
    const [lease] = await queue.take(1);
    expect(Buffer.from((await lease?.bytes()) ?? "").toString()).toMatch(/^X-Size: true\r\n/);
    expect(lease?.message.context.get("todo")).toBe("none");
  });

  test("a recipient without a domain is refused", async () => {
    const { port } = await started();
    const { rcpt } = await submit({ ...mail, port, rcptTo: ["<postmaster>"] });
    expect(rcpt[0]).toMatch(/^501 5\.1\.3/);
  });

  test("beyond a high-water mark MAIL is refused, and nothing is lost", async () => {
    const file = `${temporaryDirectory("test")}/queue.db`;
    const queue = await openQueue({ file });
    afterThisTest(() => queue.close());
    await queue.add(
      {
        envelope: { from: "" },
        destinations: [{ route: "x", recipients: [{ address: "a@example.net" }] }],
      },
      message,
    );
    const { port } = await startRelay({
      nextHopPort: 25,
      listener: { mode: "queue" },
      config: { queue: { file, highWater: { depth: 1 } } },
    });
    const { mail: reply } = await submit({ ...mail, port });
    expect(reply).toMatch(/^452 4\.3\.1 the queue holds 1 messages/);
  });
});

const marks = { depth: 10, bytes: 1000, age: 5000, diskFree: 100 };
const reading = { depth: 0, bytes: 0, leased: 0, held: 0, dead: 0, routes: [] };

test.each([
  [{}, false],
  [{ depth: 10 }, true],
  [{ bytes: 1000 }, true],
  [{ oldestAgeMs: 5000 }, true],
  [{ diskFreeBytes: 99 }, true],
  [{ depth: 9, bytes: 999, oldestAgeMs: 4999, diskFreeBytes: 100 }, false],
])("high water at %j: refused %s", (stats, refused) => {
  expect(highWaterRefusal(marks, { ...reading, ...stats }) !== undefined).toBe(refused);
});
