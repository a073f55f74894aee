import type { Reply } from "@mailseal/delivery";
import type { Envelope, Recipient } from "@mailseal/queue";

/** The actions of RFC 3464 2.3.3. "relayed": delivered to a host that sends no notifications of success. */
export type Action = "failed" | "delayed" | "relayed";

export interface RecipientReport {
  readonly recipient: Pick<Recipient, "address" | "dsn">;
  readonly action: Action;
  /** The last reply: that of a server if it has a host, otherwise that of this program. */
  readonly reply: Reply;
  /** The message expired. */
  readonly expired?: boolean;
}

/** The content of a notification about one message. It is plain data, because a queue stores it as JSON. */
export interface Notice {
  /** The id of the whole message, which all its routes share. */
  readonly queueId: string;
  readonly envelope: Omit<Envelope, "recipients">;
  readonly binding?: string;
  readonly firstSeenMs: number;
  readonly recipients: readonly RecipientReport[];
  /** How much of the message is returned. The returned part is the body of the queued notice. */
  readonly returned: "full" | "headers";
  /** The Message-ID of the message, in ASCII, with its brackets. */
  readonly messageId?: string;
}

const contextName = "notice";

export function toNoticeContext(notice: Notice): ReadonlyMap<string, string> {
  return new Map([[contextName, JSON.stringify(notice)]]);
}

/** Whether a queued message is a notice and not mail. */
export function isNotice(context: ReadonlyMap<string, string>): boolean {
  return context.has(contextName);
}

/** The notice that a queued message holds; undefined if it is mail. */
export function noticeOf(context: ReadonlyMap<string, string>): Notice | undefined {
  const text = context.get(contextName);
  return text === undefined ? undefined : (JSON.parse(text) as Notice);
}

/** Merges the notices about one message. If a worker was killed, two of them may have the same report. */
export function merged(first: Notice, others: readonly Notice[]): Notice {
  const recipients = new Map<string, RecipientReport>();
  for (const one of [first, ...others].flatMap((notice) => notice.recipients)) {
    recipients.set(keyOf(one), one);
  }
  return { ...first, recipients: [...recipients.values()] };
}

/** Identifies a report. The key stays the same if an attempt is repeated after a crash. */
export function keyOf({ action, recipient }: RecipientReport): string {
  return `${action} ${recipient.address}`;
}
