import { expect } from "vitest";
import type { Machine } from "../../src/machine.ts";
import type { ReceivedMail } from "../../src/outside-network.ts";
import type { Outside } from "../../src/outside.ts";

/** Installs a Debian package of the root's own archive, as an administrator does. */
export async function install(machine: Machine, packages: string): Promise<void> {
  await machine.succeed(`apt-get install -q -y --no-install-recommends ${packages}`);
}

/** Hands a message to port 25 of the machine by swaks, and returns its reply to the message. */
export function sendBySwaks(
  machine: Machine,
  options: { readonly to?: string; readonly message?: string } = {},
): string {
  const { to = "you@example.net", message = messageTo(to, "By SMTP") } = options;
  const args = ["--server", "127.0.0.1", "--from", "ada@example.com", "--to", to, "--data", "-"];
  const { output } = machine.outsider("swaks", args, message);
  // The replies have these marks; the last reply before that to QUIT is the one to the message.
  const replies = output.split("\n").filter((line) => /^<(?:-|\*\*) /.test(line));
  const reply = replies.findLast((line) => !/^<- {2}221/.test(line)) ?? output;
  return reply.replace(/^<(?:-|\*\*) +/, "");
}

/** Hands a message to sendmail(1) on the machine. */
export async function sendBySendmail(
  machine: Machine,
  to = "you@example.net",
  message: string = messageTo(to, "By sendmail(1)"),
): Promise<void> {
  const input = message.replaceAll("\r\n", "\n");
  await machine.succeed(`sendmail -i -f ada@example.com ${to}`, { input });
}

/** A message whose every field the mail servers leave as it is. */
export function messageTo(to: string, subject: string): string {
  return [
    "From: Ada <ada@example.com>",
    `To: ${to}`,
    `Subject: ${subject}`,
    "Date: Fri, 27 Nov 2026 10:00:00 +0000",
    "Message-ID: <1@example.com>",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "Does this arrive with dkim=pass?",
    "..",
    "",
  ].join("\r\n");
}

/** Waits for the next message outside, and checks that dkimpy and OpenDKIM verify its one signature. */
export async function expectSigned(outside: Outside, selector = "mail2026"): Promise<ReceivedMail> {
  const mail = await outside.nextMail();
  const text = mail.bytes.toString("latin1");
  expect(signatureFields(text)).toEqual([expect.stringContaining(`s=${selector};`)]);
  const { dkimpy, opendkim } = outside.verdicts(mail.bytes);
  expect([text, dkimpy, opendkim]).toEqual([
    text,
    "signature ok",
    expect.stringMatching(new RegExp(`\\(s=${selector}[, ].*d=example\\.com.*succeeded`)),
  ]);
  return mail;
}

/** Sends a message by SMTP and one by sendmail(1), and checks that both are signed. */
export async function expectBothSigned(
  { machine, outside }: { readonly machine: Machine; readonly outside: Outside },
  selector?: string,
): Promise<void> {
  expect(sendBySwaks(machine)).toMatch(/^250 /);
  await expectSigned(outside, selector);
  await sendBySendmail(machine);
  await expectSigned(outside, selector);
}

/** Waits for the next message outside, and checks that it has no signature. */
export async function expectUnsigned(outside: Outside): Promise<ReceivedMail> {
  const mail = await outside.nextMail();
  expect(signatureFields(mail.bytes.toString("latin1"))).toEqual([]);
  return mail;
}

/** Waits for the next message outside; whether dkimpy and OpenDKIM both verify its signature, or neither does. */
export async function isSigned(outside: Outside): Promise<boolean> {
  const { bytes } = await outside.nextMail();
  expect(signatureFields(bytes.toString("latin1"))).toHaveLength(1);
  const { dkimpy, opendkim } = outside.verdicts(bytes);
  const passes = dkimpy === "signature ok";
  expect([dkimpy, opendkim, opendkim.includes("succeeded")]).toEqual([dkimpy, opendkim, passes]);
  return passes;
}

function signatureFields(message: string): readonly string[] {
  const header = message.slice(0, message.indexOf("\r\n\r\n")).replaceAll(/\r\n(?=[ \t])/g, "");
  return header.split("\r\n").filter((field) => /^dkim-signature:/i.test(field));
}

/** Checks that `mailseal doctor` finds nothing to repair. No time server is in reach, which could tell it the time. */
export async function expectContentDoctor(machine: Machine): Promise<void> {
  const { code, output } = await machine.run("mailseal doctor --skip clock");
  expect([output, code]).toEqual([output, 0]);
}
