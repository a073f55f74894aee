import type { Reply } from "@mailseal/delivery";
import type { Envelope, Recipient } from "@mailseal/queue";

/** RFC 3464 2.3.3; "relayed": passed to a host that sends no notifications of success. */
export type Action = "failed" | "delayed" | "relayed";

export interface RecipientReport {
  readonly recipient: Pick<Recipient, "address" | "dsn">;
  readonly action: Action;
  /** The last reply: a server's if it has a host, otherwise this program's. */
  readonly reply: Reply;
  /** The message expired. */
  readonly expired?: boolean;
}

/** The content of a notification about one message. Plain data: a queue stores it as JSON. */
export interface Notice {
  /** Of the whole message, which all its routes share. */
  readonly queueId: string;
  readonly envelope: Omit<Envelope, "recipients">;
  readonly binding?: string;
  readonly firstSeenMs: number;
  readonly recipients: readonly RecipientReport[];
  /** How much of the message is returned; the queued notice has it as its body. */
  readonly returned: "full" | "headers";
  /** Its Message-ID, with brackets; ASCII. */
  readonly messageId?: string;
}

const contextName = "notice";

export function toNoticeContext(notice: Notice): ReadonlyMap<string, string> {
  return new Map([[contextName, JSON.stringify(notice)]]);
}

/** Whether a queued message is a notice instead of mail. */
export function isNotice(context: ReadonlyMap<string, string>): boolean {
  return context.has(contextName);
}

/** Undefined for mail. */
export function noticeOf(context: ReadonlyMap<string, string>): Notice | undefined {
  const text = context.get(contextName);
  return text === undefined ? undefined : (JSON.parse(text) as Notice);
}

/** Merges the notices about one message. After a worker was killed, two of them may have the same report. */
export function merged(first: Notice, others: readonly Notice[]): Notice {
  const recipients = new Map<string, RecipientReport>();
  for (const one of [first, ...others].flatMap((notice) => notice.recipients)) {
    recipients.set(keyOf(one), one);
  }
  return { ...first, recipients: [...recipients.values()] };
}

/** Identifies a report: it is the same if an attempt is repeated after a crash. */
export function keyOf({ action, recipient }: RecipientReport): string {
  return `${action} ${recipient.address}`;
}
