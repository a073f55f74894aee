import { randomUUID } from "node:crypto";

/** The domain of the recipient; ".invalid" never exists, so that no other server can get the message (RFC 6761). */
export const testDomain = "mailseal-test.invalid";
export const testRecipient: string = `test@${testDomain}`;

/** A message to test the path of mail. */
export interface TestMail {
  /** A text that only this message contains. */
  readonly mark: string;
  /** The envelope sender is empty, so that no bounce goes to another server if the message is lost. */
  readonly recipient: string;
  /** With CRLF. */
  readonly bytes: Buffer;
}

export function testMail(domain: string, recipient: string): TestMail {
  const mark = randomUUID();
  const lines = [
    `From: Mailseal setup <mailseal-setup@${domain}>`,
    // Sendmail would complete the address of a local recipient, and break the signature.
    `To: ${testRecipient}`,
    "Subject: Test of the DKIM signature",
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${mark}@${domain}>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=us-ascii",
    "",
    "This message was sent by mailseal setup to itself, to see whether mail",
    "leaves this server with a signature that receivers can verify.",
    "",
  ];
  return { mark, recipient, bytes: Buffer.from(lines.join("\r\n")) };
}
