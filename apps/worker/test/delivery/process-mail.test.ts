import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeQueuedMail } from "@mailseal/delivery";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { verify } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";
import { mailTo, startSink, startWorker, testKey, testKeys } from "../worker-under-test.ts";

const bare = Buffer.from("From: joe@sender.example\r\nSubject: Lunch\r\n\r\nAt noon?\r\n");

test("Date and Message-ID are added before signing, the same at each attempt", async () => {
  const key = join(temporaryDirectory("test"), "key.pem");
  writeFileSync(key, testKey.toPem(), { mode: 0o600 });
  const sink = await startSink({
    react: ({ stage, line, taken }) =>
      stage === "rcpt" && line.includes("later") && taken === 0 ? "450 4.2.1 Later" : undefined,
  });
  const { queue, config, logged } = await startWorker({
    port: sink.port,
    config: { signing: { selector: "s1", key } },
  });
  const { context } = encodeQueuedMail(
    {
      mail: { from: "joe@sender.example", eightBit: false, smtpUtf8: false },
      recipients: [],
      context: {
        direction: "outbound",
        queueId: "Q1",
        listener: "submission",
        relayNetwork: true,
        submitter: true,
        receivedMs: 1_790_000_000_000,
        variables: new Map(),
      },
      needs: { ascii: true, asciiHeader: true },
      todo: "pipeline",
    },
    config,
  );
  await queue.add(mailTo(["ann@example.net", "later@example.net"], { context }), bare);
  await logged(({ msg, settled }) => msg === "delivery" && settled === "done");
  const added = sink.messages.map(
    ({ bytes }) => /^Date: [^]*?(?=From: )/m.exec(bytes.toString())?.[0],
  );
  expect(added[0]).toMatch(
    /^Date: Mon, 21 Sep 2026 14:13:20 \+0000\r\nMessage-ID: <\S+@sender\.example>\r\n$/,
  );
  expect(added).toEqual([added[0], added[0]]);
  const keys = testKeys("sender.example");
  for (const { bytes } of sink.messages) {
    expect((await verify(bytes, { keys })).signatures.map(({ code }) => code)).toEqual(["pass"]);
  }
});

describe("a header that the relay accepted at the limits, and to which it added its Received field", () => {
  const fields = `From: joe@sender.example\r\nX-Long: ${"a".repeat(900)}\r\n`;
  const trace = "Received: from client.test by us.test; Mon, 21 Sep 2026 14:13:20 +0000\r\n";
  const limits = { headerSize: fields.length + 2, headerFields: 2 };

  test.each([
    ["a small message", 100],
    ["a message that is read from the queue in pieces", 400 * 1024],
  ])("is delivered: %s", async (_, bodyBytes) => {
    const sink = await startSink();
    const { queue, logged } = await startWorker({ port: sink.port, config: { limits } });
    const body = `${"b".repeat(98)}\r\n`.repeat(bodyBytes / 100);
    await queue.add(
      mailTo(["ann@example.net"], { context: new Map() }),
      Buffer.from(`${trace}${fields}\r\n${body}`),
    );
    await logged(({ msg }) => msg === "delivery");
    expect(sink.messages.map(({ rcptTo }) => rcptTo[0]?.split(" ")[0])).toEqual([
      "<ann@example.net>",
    ]);
    expect(sink.messages[0]?.bytes.toString()).toContain(trace);
  });
});
