import type { Recipient } from "@mailseal/queue";
import type { Notice, RecipientReport } from "../../src/dsn/notice.ts";
import { type Report, report } from "../../src/dsn/report.ts";

export function failure(address: string, more: Partial<RecipientReport> = {}): RecipientReport {
  const recipient: Recipient = { address };
  const reply = { code: 550, enhancedCode: "5.1.1", text: "No such user", host: "mx.test" };
  return { recipient, action: "failed", reply, ...more };
}

export function reported(
  changes: Partial<Notice> = {},
  returned: Uint8Array = Buffer.from("Subject: Lunch\r\n"),
): Report & { readonly text: string } {
  const notice: Notice = {
    queueId: "Q1",
    envelope: { from: "joe@sender.example" },
    firstSeenMs: 0,
    recipients: [failure("ann@example.net")],
    returned: "headers",
    ...changes,
  };
  const made = report({ hostname: "us.test", notice, nowMs: 1000, expiresMs: 2000, returned });
  return { ...made, text: Buffer.from(made.bytes).toString() };
}

/** Decodes quoted-printable (RFC 2045 6.7), as any reader does. */
export function decoded(text: string): string {
  const octets = text
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(octets, "latin1").toString();
}

export const utf8Header: Buffer = Buffer.from("From: Añn <joe@example.com>\r\nSubject: Grüße\r\n");
