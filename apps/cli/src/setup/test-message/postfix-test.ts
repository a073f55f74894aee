import { type Host, outputOf } from "../../host/host.ts";
import { isPostfixRunning, type Postfix, readPostfix } from "../../host/postfix.ts";
import type { PostfixChange } from "../changes/postfix-change.ts";
import type { SetupRecord } from "../record.ts";
import { SetupError } from "../setup-error.ts";
import { type LoopbackListener, startLoopbackListener } from "./loopback-listener.ts";
import { submitBySendmail, submitBySmtp } from "./submit-mail.ts";
import { testDomain, testMail, testRecipient, type TestMail } from "./test-mail.ts";
import type { TestOutcome } from "./test-outcome.ts";

const arrivalMs = 10_000;
const lookMs = 500;
const mostAttempts = 6;

/** What is to arrive: mail of a domain, with a signature if its key is published. */
export interface ExpectedMail {
  readonly domain: string;
  readonly isSigned: boolean;
}

/** TLS levels at which Postfix accepts no certificate of an unknown server. */
const strictLevels: ReadonlySet<string> = new Set(["dane-only", "fingerprint", "verify", "secure"]);

/**
 * Sends messages through Postfix to a listener of our own, by SMTP and by sendmail(1). Postfix delivers them as it delivers
 * all mail, by its SMTP client: for these seconds, `transport_maps` has an entry for one domain that cannot exist. The entry is
 * in the record, so that it is also taken back after a crash.
 */
export async function testThroughPostfix(
  host: Host,
  record: SetupRecord,
  expected: ExpectedMail,
): Promise<readonly TestOutcome[]> {
  const postfix = await readPostfix(host);
  if (postfix === undefined || !(await isPostfixRunning(host))) {
    throw new SetupError(
      "Postfix does not run, so no test message was sent; start it (systemctl start postfix), then run mailseal setup again",
    );
  }
  const address = postfix.expanded("inet_protocols") === "ipv6" ? "::1" : "127.0.0.1";
  const isStrict = strictLevels.has(postfix.expanded("smtp_tls_security_level"));
  const transport = isStrict ? "lmtp" : "smtp";
  const listener = await startLoopbackListener(address, transport);
  const target =
    transport === "lmtp"
      ? `lmtp:inet:[${address}]:${listener.port}`
      : `smtp:[${address}]:${listener.port}`;
  try {
    await record.make(temporaryRoute(postfix, target));
    return await sendBoth(host, postfix, listener, expected);
  } finally {
    await record.undo(isTemporary);
    await removeLeft(host);
    await listener.stop();
  }
}

export function isTemporary(change: { readonly kind: string }): boolean {
  return change.kind === "postfix" && "isTemporary" in change && change.isTemporary === true;
}

function temporaryRoute(postfix: Postfix, target: string): PostfixChange {
  const maps = postfix.written("transport_maps");
  const entry = `inline:{${testDomain}=${target}}`;
  return {
    kind: "postfix",
    configDirectory: postfix.configDirectory,
    parameters: [["transport_maps", maps === "" ? entry : `${entry}, ${maps}`]],
    services: [],
    isTemporary: true,
  };
}

async function sendBoth(
  host: Host,
  postfix: Postfix,
  listener: LoopbackListener,
  expected: ExpectedMail,
): Promise<readonly TestOutcome[]> {
  const place = smtpPlace(postfix);
  const outcomes: TestOutcome[] = [];
  if (place !== undefined) {
    outcomes.push(
      await sendUntilGood(host, listener, expected, {
        way: "by SMTP",
        submit: (mail) => submitBySmtp(place, mail),
      }),
    );
  }
  outcomes.push(
    await sendUntilGood(host, listener, expected, {
      way: "by sendmail(1)",
      submit: (mail) => submitBySendmail(host, mail),
    }),
  );
  return outcomes;
}

interface Submission {
  readonly way: string;
  /** Resolves to the refusal. */
  readonly submit: (mail: TestMail) => Promise<string | undefined>;
}

/**
 * Sends a message, and another one if it shows a configuration that is no longer in force: after a reload, a process of Postfix
 * that is idle still serves one request with the old one.
 */
async function sendUntilGood(
  host: Host,
  listener: LoopbackListener,
  expected: ExpectedMail,
  { way, submit }: Submission,
): Promise<TestOutcome> {
  for (let attempt = 1; ; attempt++) {
    const mail = testMail(expected.domain, testRecipient);
    const refusal = await submit(mail);
    const outcome = await outcomeOf(host, listener, way, mail, refusal);
    if (attempt === mostAttempts || !isPerhapsOld(outcome, expected)) return outcome;
  }
}

function isPerhapsOld(outcome: TestOutcome, { isSigned }: ExpectedMail): boolean {
  switch (outcome.result) {
    case "lost":
      return true;
    case "refused":
      return false;
    case "arrived":
      return isSigned && !/^DKIM-Signature:/im.test(outcome.bytes.toString("latin1"));
  }
}

async function outcomeOf(
  host: Host,
  listener: LoopbackListener,
  way: string,
  mail: TestMail,
  refusal: string | undefined,
): Promise<TestOutcome> {
  if (refusal !== undefined) return { way, mail, result: "refused", reason: refusal };
  for (let waitedMs = 0; waitedMs < arrivalMs; waitedMs += lookMs) {
    const bytes = await listener.arrival(mail.mark, lookMs);
    if (bytes !== undefined) return { way, mail, result: "arrived", bytes };
    const left = (await queued(host)).find(({ reason }) => reason !== undefined);
    if (left === undefined) continue;
    await removeLeft(host);
    return { way, mail, result: "lost", reason: left.reason };
  }
  return { way, mail, result: "lost", reason: undefined };
}

/** The address of the SMTP service for a program on this machine; undefined if Postfix takes no mail by SMTP. */
function smtpPlace(postfix: Postfix): { readonly host: string; readonly port: number } | undefined {
  const services = postfix.services.filter(
    ({ type, command }) => type === "inet" && (command === "smtpd" || command === "postscreen"),
  );
  const service =
    services.find(({ name }) => /^(?:.*:)?(?:smtp|25)$/.test(name)) ??
    services.find(({ name }) => /^(?:.*:)?\d+$/.test(name));
  if (service === undefined) return undefined;
  const [, own, port = ""] = /^(?:\[?([^\]]*?)\]?:)?(\w+)$/.exec(service.name) ?? [];
  const interfaces = postfix
    .expanded("inet_interfaces")
    .split(/[\s,]+/)
    .filter((each) => each !== "");
  const isOpen = interfaces.some((each) =>
    ["all", "loopback-only", "localhost", "127.0.0.1", "$myhostname"].includes(each),
  );
  const loopback = postfix.expanded("inet_protocols") === "ipv6" ? "::1" : "127.0.0.1";
  const host = own ?? (isOpen ? loopback : (interfaces[0] ?? loopback));
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) || 25 };
}

interface QueuedTest {
  readonly id: string;
  readonly reason: string | undefined;
}

/** Test messages in the queue of Postfix. */
async function queued(host: Host): Promise<readonly QueuedTest[]> {
  // One JSON object a line, since Postfix 3.1.
  const text = outputOf(await host.run("postqueue", ["-j"])) ?? "";
  return text.split("\n").flatMap((line): readonly QueuedTest[] => {
    if (!line.includes(testRecipient)) return [];
    try {
      const entry = JSON.parse(line) as {
        readonly queue_id?: unknown;
        readonly recipients?: readonly {
          readonly address?: unknown;
          readonly delay_reason?: unknown;
        }[];
      };
      const recipient = entry.recipients?.find(({ address }) => address === testRecipient);
      if (recipient === undefined || typeof entry.queue_id !== "string") return [];
      const { delay_reason: reason } = recipient;
      return [{ id: entry.queue_id, reason: typeof reason === "string" ? reason : undefined }];
    } catch {
      return [];
    }
  });
}

async function removeLeft(host: Host): Promise<void> {
  for (const { id } of await queued(host)) await host.run("postsuper", ["-d", id]);
}
