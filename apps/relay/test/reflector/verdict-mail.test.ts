import type { VerificationReport } from "@mailseal/verifier";
import { expect, test } from "vitest";
import { verdictMail, type VerdictMailOptions } from "../../src/reflector/verdict-mail.ts";
import { wholeMessage } from "../support/relay-under-test.ts";

type Verdicts = VerificationReport["signatures"];

const verdict = {
  result: "fail",
  code: "body-hash-mismatch",
  reason: "the body was changed",
  domain: "example.com",
  selector: "s1",
  algorithm: "rsa-sha256",
  signedFields: ["from", "subject"],
  testing: false,
} as unknown as Verdicts[number];

async function lines(
  signatures: Verdicts,
  options: Partial<VerdictMailOptions> = {},
): Promise<readonly string[]> {
  const mail = verdictMail({
    to: "ann@example.net",
    from: "check@example.com",
    subject: "hi",
    inReplyTo: undefined,
    report: { from: ["joe@example.com"], signatures } as unknown as VerificationReport,
    hostname: "relay.test",
    queueId: "1A",
    at: new Date(0),
    ...options,
  });
  const bytes = await wholeMessage(mail);
  expect(bytes.length).toBe(mail.sizeBytes);
  const text = bytes.toString("latin1");
  expect(text).toMatch(/^(?:[ -~]{0,998}\r\n)+$/);
  return text.split("\r\n");
}

test("reports each signature, and is marked as automatic mail", async () => {
  const all = await lines(
    [verdict, { ...verdict, result: "pass", reason: "verified" } as typeof verdict],
    {
      inReplyTo: "<1@example.net>",
    },
  );
  expect(all.slice(0, all.indexOf(""))).toEqual([
    "From: <check@example.com>",
    "To: <ann@example.net>",
    "Subject: DKIM verdict: hi",
    "Date: Thu, 1 Jan 1970 00:00:00 +0000",
    "Message-ID: <1A.reflect@relay.test>",
    "In-Reply-To: <1@example.net>",
    "References: <1@example.net>",
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=us-ascii",
  ]);
  expect(all).toContain("Signatures: 2");
  expect(all).toContain("Signature 1: fail - the body was changed");
  expect(all).toContain("Signature 2: pass - verified");
  expect(all).toContain("  signed fields: from:subject");
  expect(all.join()).not.toContain("key bits");
});

test("a message without a signature is reported as that", async () => {
  const report = { from: [], signatures: [] } as unknown as VerificationReport;
  const all = await lines([], { report });
  expect(all).toEqual(expect.arrayContaining(["From: (none)", "Signatures: 0"]));
});

test("text of the message cannot begin a line, or make one longer than SMTP allows", async () => {
  const hostile = { ...verdict, reason: "a\r\n.\r\nb\n\u00e9\0", domain: "x".repeat(2000) };
  const all = await lines([hostile as typeof verdict]);
  expect(all).toContain("Signature 1: fail - a??.??b???");
  expect(all.filter((line) => line.startsWith("."))).toEqual([]);
});
