import { readFile, rm, truncate } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileStateOn, type Host, pathOn } from "../../host/host.ts";
import { layout } from "../../host/layout.ts";
import { submitBySendmail, submitBySmtp } from "./submit-mail.ts";
import { testMail, type TestMail } from "./test-mail.ts";
import type { TestOutcome } from "./test-outcome.ts";

const arrivalMs = 30_000;
const lookMs = 200;

/**
 * Sends messages through Sendmail to the mailbox of the relay's user, which nobody reads, and takes them out again. Sendmail has
 * no route to a port without a change of its configuration.
 */
export async function testThroughSendmail(
  host: Host,
  domain: string,
  place: { readonly host: string; readonly port: number } = { host: "127.0.0.1", port: 25 },
): Promise<readonly TestOutcome[]> {
  return [
    await send(host, domain, "by SMTP", (mail) => submitBySmtp(place, mail)),
    await send(host, domain, "by sendmail(1)", (mail) => submitBySendmail(host, mail)),
  ];
}

async function send(
  host: Host,
  domain: string,
  way: string,
  submit: (mail: TestMail) => Promise<string | undefined>,
): Promise<TestOutcome> {
  const mailbox = `/var/mail/${layout.user}`;
  const mail = testMail(domain, `${layout.user}@localhost`);
  const before = (await fileStateOn(host, mailbox))?.sizeBytes;
  const refusal = await submit(mail);
  if (refusal !== undefined) return { way, mail, result: "refused", reason: refusal };
  for (let waitedMs = 0; waitedMs < arrivalMs; waitedMs += lookMs) {
    await sleep(lookMs);
    const bytes = await messageIn(host, mailbox, mail.mark);
    if (bytes === undefined) continue;
    if (before === undefined) await rm(pathOn(host, mailbox), { force: true });
    else await truncate(pathOn(host, mailbox), before);
    return { way, mail, result: "arrived", bytes };
  }
  return { way, mail, result: "lost", reason: undefined };
}

/** The message with a mark in a file of the format mbox, as it was before its delivery; undefined if it is not there. */
async function messageIn(host: Host, mailbox: string, mark: string): Promise<Buffer | undefined> {
  if ((await fileStateOn(host, mailbox)) === undefined) return undefined;
  const text = await readFile(pathOn(host, mailbox), "latin1");
  const message = text
    .split(/^From .*\n/m)
    .find((each) => each.includes(mark) && each.includes("\n\n"));
  if (message === undefined) return undefined;
  // An empty line ends each message of a mailbox.
  const lines = message.replace(/\n\n$/, "\n").replaceAll(/^>(>*From )/gm, "$1");
  return Buffer.from(lines.replaceAll("\n", "\r\n"), "latin1");
}
