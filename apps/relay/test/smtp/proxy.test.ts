import {
  keySource,
  staticResolver,
  parseZone,
  formatKeyRecord,
  formatZoneLine,
  keyRecordName,
} from "@mailseal/dns-record";
import { submit } from "@mailseal/testkit/smtp-client";
import { SmtpSink, type SmtpSinkOptions } from "@mailseal/testkit/smtp-sink";
import { verify } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";
import { afterThisTest, startRelay, testKey } from "../relay-under-test.ts";

const message = Buffer.from(
  "From: joe@example.com\r\nTo: ann@example.net\r\nSubject: Lunch\r\n\r\n.\r\n..two\r\nAt noon?\r\n",
);

async function startSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await SmtpSink.start(options);
  afterThisTest(() => sink.close());
  return sink;
}

const keys = keySource(
  staticResolver(
    parseZone(
      formatZoneLine(keyRecordName("s1", "example.com"), formatKeyRecord(testKey.publicKey)),
    ),
  ),
);

describe("proxy mode", () => {
  test("hands a message on signed, with every byte as it came", async () => {
    const sink = await startSink();
    const { port, log } = await startRelay({ nextHopPort: sink.port });
    const replies = await submit({
      port,
      mailFrom: "<joe@example.com>",
      rcptTo: ["<ann@example.net>"],
      message,
    });
    expect(replies.message).toMatch(/^250 2\.0\.0 OK: \w+, next hop: Taken$/);
    const [taken] = sink.messages;
    const text = taken?.bytes.toString() ?? "";
    expect(text).toMatch(/^DKIM-Signature: /);
    expect(text).toMatch(
      /\r\nReceived: from client\.test \(\[127\.0\.0\.1\]\)\r\n\tby relay\.test/,
    );
    expect(text.endsWith(message.toString())).toBe(true);
    const report = await verify(taken?.bytes ?? message, { keys });
    expect(report.signatures.map(({ result }) => result)).toEqual(["pass"]);
    const [line] = log().filter(({ msg }) => msg === "message");
    expect(line).toMatchObject({
      from: "joe@example.com",
      domain: "example.com",
      selector: "s1",
      result: "signed",
    });
  });
});
