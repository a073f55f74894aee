import type { Reply } from "@mailseal/delivery";
import type { Envelope, Recipient } from "@mailseal/queue";

/** RFC 3464 2.3.3; "relayed": handed to a system that sends no notifications of success. */
export type Action = "failed" | "delayed" | "relayed";

export interface RecipientReport {
  readonly recipient: Pick<Recipient, "address" | "dsn">;
  readonly action: Action;
  /** The last one: a server's where it has a host, otherwise this program's. */
  readonly reply: Reply;
  /** Its time was up. */
  readonly expired?: boolean;
}

/** What a sender is to be told of one message. Plain data: it travels in the queue as JSON. */
export interface Notice {
  /** Of the whole message, whatever its routes. */
  readonly queueId: string;
  readonly envelope: Omit<Envelope, "recipients">;
  readonly binding?: string;
  readonly firstSeenMs: number;
  readonly recipients: readonly RecipientReport[];
  /** What comes back of the message, which is the body of the queued notice. */
  readonly returned: "full" | "headers";
  /** Its Message-ID, with brackets; ASCII. */
  readonly messageId?: string;
}

const contextName = "notice";

export function toNoticeContext(notice: Notice): ReadonlyMap<string, string> {
  return new Map([[contextName, JSON.stringify(notice)]]);
}

/** Whether a queued message is no mail, but what is to be told of some. */
export function isNotice(context: ReadonlyMap<string, string>): boolean {
  return context.has(contextName);
}

/** Undefined for mail, which has none. */
export function noticeOf(context: ReadonlyMap<string, string>): Notice | undefined {
  const text = context.get(contextName);
  return text === undefined ? undefined : (JSON.parse(text) as Notice);
}

/** Several notices of one message as one. What a worker told that was killed may be in two of them. */
export function merged(first: Notice, others: readonly Notice[]): Notice {
  const recipients = new Map<string, RecipientReport>();
  for (const one of [first, ...others].flatMap((notice) => notice.recipients)) {
    recipients.set(keyOf(one), one);
  }
  return { ...first, recipients: [...recipients.values()] };
}

/** What is told of whom: the same for an attempt that is made again because nobody knows of it. */
export function keyOf({ action, recipient }: RecipientReport): string {
  return `${action} ${recipient.address}`;
}
