import { createHash } from "node:crypto";
import { type Config, findBinding } from "@mailseal/config";
import {
  type DecodedMail,
  decodeQueuedMail,
  encodeQueuedMail,
  needsSmtpUtf8,
  type QueuedMail,
} from "@mailseal/delivery";
import type { Lease, Queue } from "@mailseal/queue";
import { fieldValue, isAutomaticMail, type Message, splitMessage } from "@mailseal/syntax";
import { keyOf, type Notice, type RecipientReport, toNoticeContext } from "./notice.ts";
import { report } from "./report.ts";
import { headerOf } from "./returned-part.ts";

export interface NotifierSetup {
  readonly queue: Queue;
  readonly config: Config;
  readonly hostname: string;
  readonly now: () => number;
}

/** Whether a sender was notified. */
export type Notified =
  | { readonly kind: "notified" }
  /** The sender must not be notified. */
  | { readonly kind: "suppressed"; readonly why: string }
  /** The queue did not accept the notification. */
  | { readonly kind: "not-queued"; readonly fault: unknown };

/** The share of its age for which a message waits for other destinations to fail: a tenth, and at most an hour. */
const shareOfAge = 0.1;
const longestGatherMs = 3_600_000;

/**
 * Notifies senders by mail from the null sender, which is queued like any other mail. A message to several
 * destinations gets one notification for all outcomes within `worker.bounces.gather`: each queued message adds a
 * notice on a route that they share, and the first notice that is due is sent with all others (`Gathering`).
 */
export class Notifier {
  readonly #setup: NotifierSetup;

  constructor(setup: NotifierSetup) {
    this.#setup = setup;
  }

  /** Resolves when the notification or its notice is durable, or to the reason why there is none. Never rejects. */
  async notify(
    lease: Lease,
    binding: string | undefined,
    recipients: readonly RecipientReport[],
  ): Promise<Notified> {
    const { message } = lease;
    try {
      if (message.envelope.from === "") {
        return { kind: "suppressed", why: "its sender is the null sender" };
      }
      const header = await headerOf(lease);
      const split = splitMessage(header);
      const queued = decodeQueuedMail(message);
      const why = suppressedBecause(this.#setup.config, binding, queued, split);
      if (why !== undefined) {
        return { kind: "suppressed", why };
      }
      if (recipients.length > 0) {
        await this.#notify(lease, queued, binding, recipients, { header, split });
      }
      return { kind: "notified" };
    } catch (fault) {
      return { kind: "not-queued", fault };
    }
  }

  /**
   * Queues one notification. Calls with the same `parts` within the queue's de-duplication window are one, so that a
   * worker that is killed before it settles does not notify twice.
   */
  async send(notice: Notice, returned: Uint8Array, parts: readonly string[]): Promise<void> {
    const { queue, config, hostname, now } = this.#setup;
    const { from } = notice.envelope;
    const { bytes, needs, action } = report({
      hostname,
      notice,
      returned,
      nowMs: now(),
      expiresMs: notice.firstSeenMs + config.worker.expiry,
    });
    const binding = config.defaultBinding ?? notice.binding;
    const bounce: QueuedMail = {
      mail: { from: "", smtpUtf8: needsSmtpUtf8(from), eightBit: !needs.ascii },
      recipients: [{ address: from, dsn: { notify: ["never"] } }],
      context: {
        direction: "outbound",
        queueId: `${notice.queueId}-${action}`,
        listener: "worker",
        relayNetwork: true,
        variables: new Map(),
        ...(binding === undefined ? {} : { binding }),
      },
      needs,
      todo: "pipeline",
    };
    await queue.add(
      {
        ...encodeQueuedMail(bounce, config),
        dedupId: `dsn/${notice.queueId}/${hash(parts)}`,
        settles: true,
      },
      bytes,
    );
  }

  async #notify(
    lease: Lease,
    queued: DecodedMail,
    binding: string | undefined,
    recipients: readonly RecipientReport[],
    { header, split }: { readonly header: Uint8Array; readonly split: Message },
  ): Promise<void> {
    const { id, envelope, firstSeenMs } = lease.message;
    const { recipients: _, ...sender } = envelope;
    const gatherMs = this.#gatherMs(firstSeenMs, queued);
    const messageId = messageIdOf(split);
    const isWhole = this.#isReturnedWhole(lease, queued, recipients);
    const notice: Notice = {
      queueId: queued.context.queueId,
      envelope: sender,
      firstSeenMs,
      recipients: recipients.map(({ recipient: { address, dsn }, ...rest }) => ({
        ...rest,
        recipient: { address, ...(dsn === undefined ? {} : { dsn }) },
      })),
      returned: isWhole ? "full" : "headers",
      ...(binding === undefined ? {} : { binding }),
      ...(messageId === undefined ? {} : { messageId }),
    };
    const returned = isWhole ? await lease.bytes() : header;
    const part = `${id}/${hash(recipients.map(keyOf))}`;
    await (gatherMs === 0
      ? this.send(notice, returned, [part])
      : this.#gather(notice, returned, { part, gatherMs }));
  }

  async #gather(
    notice: Notice,
    returned: Uint8Array,
    { part, gatherMs }: { readonly part: string; readonly gatherMs: number },
  ): Promise<void> {
    const { queue, now } = this.#setup;
    await queue.add(
      {
        envelope: { from: "" },
        destinations: [
          {
            route: `notices ${notice.queueId}`.slice(0, 200),
            recipients: [{ address: notice.envelope.from, dsn: { notify: ["never"] } }],
          },
        ],
        dedupId: `notice/${part}`,
        settles: true,
        firstSeenMs: now(),
        delayMs: gatherMs,
        context: toNoticeContext(notice),
      },
      returned,
    );
  }

  /** How long to wait for notices of other destinations; 0 if there are none. */
  #gatherMs(firstSeenMs: number, { destinations }: DecodedMail): number {
    const { config, now } = this.#setup;
    const { gather } = config.worker.bounces;
    if (destinations <= 1 || gather === 0) {
      return 0;
    }
    const ageMs = Math.max(0, now() - firstSeenMs);
    return Math.round(Math.max(gather, Math.min(longestGatherMs, ageMs * shareOfAge)));
  }

  /** RFC 3461 6.2: the whole message is returned only for a failure, if the sender asked for it and the config allows it. */
  #isReturnedWhole(
    { message: { envelope, sizeBytes } }: Lease,
    { destinations }: DecodedMail,
    recipients: readonly RecipientReport[],
  ): boolean {
    const { bounces, returnSize } = this.#setup.config.worker;
    return (
      bounces.returned === "full" &&
      envelope.ret === "full" &&
      sizeBytes <= returnSize &&
      // The notice of each destination would hold a copy.
      destinations <= 1 &&
      recipients.some(({ action }) => action === "failed")
    );
  }
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(parts.toSorted().join("\n")).digest("base64url");
}

function messageIdOf(message: Message): string | undefined {
  const field = message.byKey.get("message-id")?.[0];
  return field === undefined ? undefined : /<[!-~]{1,900}>/.exec(fieldValue(message, field))?.[0];
}

/**
 * The reason why the sender of a message must not be notified; undefined if it may. With a forged sender the
 * notification would go to somebody who sent nothing, and notifications for automatic mail may start a loop.
 */
function suppressedBecause(
  { worker, ...config }: Config,
  binding: string | undefined,
  { mail, noBounce, context: { listener } }: DecodedMail,
  header: Message,
): string | undefined {
  if (mail.from === "") {
    return "its sender is the null sender";
  }
  if (noBounce !== undefined) {
    return noBounce === "listener"
      ? `bounces are off for listener ${listener}`
      : "its client was neither authenticated nor local nor in relayNetworks";
  }
  if (binding !== undefined && findBinding({ worker, ...config }, binding)?.bounces === "off") {
    return `bounces are off for binding ${binding}`;
  }
  return worker.bounces.automatic === "off" && isAutomaticMail(header)
    ? "it is automatic mail"
    : undefined;
}
