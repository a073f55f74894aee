import type { Config } from "@mailseal/config";
import {
  encodeQueuedMail,
  mailFingerprint,
  type QueuedMail,
  refusal,
  type Reply,
} from "@mailseal/delivery";
import type { StoredMessage } from "@mailseal/policy";
import {
  type Added,
  type MessageBody,
  type NewMessage,
  type PendingReply,
  type Queue,
  QueueError,
  type QueueStats,
} from "@mailseal/queue";
import {
  type Logger,
  openConfiguredQueue,
  type QueueConfig,
  type Traffic,
  noTraffic,
} from "@mailseal/service";

/** A message that was accepted, to be queued. */
export interface AcceptedMail extends QueuedMail {
  readonly message: StoredMessage;
  /** A hash of the message as it was received; undefined if resent mail is not detected. */
  readonly digest: string | undefined;
}

export interface Accepted {
  readonly reply: Reply;
  /** To report whether the client got the reply. */
  readonly pendingReply?: PendingReply;
  /** The client sent the message before and missed the reply: it is queued under this id. */
  readonly sentAgain?: string;
}

const readIntervalMs = 1000;

/** Whether any listener of the config puts mail in the queue. */
export function usesQueue({ listeners }: Config): boolean {
  return listeners.some((it) => it.protocol === "smtp" && it.mode === "queue");
}

/** Puts mail in the queue, for all its routes at once, and refuses it while the queue has no room. */
export class MailQueue {
  readonly #queue: Queue;
  readonly #traffic: Traffic;
  readonly #timer: NodeJS.Timeout;
  #config: Config;
  #refusal: Reply | undefined;

  constructor(queue: Queue, config: Config, traffic: Traffic) {
    this.#queue = queue;
    this.#config = config;
    this.#traffic = traffic;
    this.#timer = setInterval(() => void this.read(), readIntervalMs);
    this.#timer.unref();
  }

  /** Opens the queue of the config. Problems of a queue that can still be used are logged as errors. */
  static async open(config: Config, log: Logger, traffic: Traffic = noTraffic): Promise<MailQueue> {
    const opened = new MailQueue(
      await openConfiguredQueue(config.queue, "accept", (problem) => log.error(problem)),
      config,
      traffic,
    );
    await opened.read();
    return opened;
  }

  /** The reply that refuses mail, as of the last reading; undefined while there is room. */
  get refusal(): Reply | undefined {
    return this.#refusal;
  }

  /** Uses the high-water marks and bindings of a new config from now on. The queue itself stays. */
  use(config: Config): void {
    this.#config = config;
  }

  /** Reads how full the queue is. */
  async read(): Promise<void> {
    try {
      const stats = await this.#queue.stats({ maxRoutes: 1 });
      this.#traffic.queueRead(stats);
      this.#refusal =
        this.#config.queue === undefined
          ? undefined
          : highWaterRefusal(this.#config.queue.highWater, stats);
    } catch {
      this.#refusal = unavailable;
    }
  }

  /** Resolves to 250 when the message is durable for every recipient; otherwise to 4xx, and it is queued for none. */
  async accept(accepted: AcceptedMail): Promise<Accepted> {
    try {
      const { pendingReply, sentAgain } = await this.#add(accepted);
      const queueId = sentAgain ?? accepted.context.queueId;
      return {
        reply: { code: 250, enhancedCode: "2.0.0", text: `OK: ${queueId} queued` },
        ...(pendingReply === undefined ? {} : { pendingReply }),
        ...(sentAgain === undefined ? {} : { sentAgain }),
      };
    } catch (error) {
      if (error instanceof QueueError && error.temporary) {
        return { reply: full };
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#queue.close();
  }

  /** Tries once more if the queue did not answer. The same `dedupId` makes the two attempts one message. */
  async #add(accepted: AcceptedMail): Promise<Added> {
    const message = {
      ...encodeQueuedMail(accepted, this.#config),
      dedupId: accepted.context.queueId,
      ...this.#resend(accepted),
    };
    try {
      return await this.#queue.add(message, bodyOf(accepted.message));
    } catch (error) {
      if (!(error instanceof QueueError && error.code === "queue-unavailable")) {
        throw error;
      }
      return this.#queue.add(message, bodyOf(accepted.message));
    }
  }

  #resend({ digest, ...mail }: AcceptedMail): Pick<NewMessage, "resend"> {
    const windowMs = this.#config.queue?.resendWindow ?? 0;
    return digest === undefined || windowMs === 0
      ? {}
      : { resend: { fingerprint: mailFingerprint(mail, digest), windowMs } };
  }
}

function bodyOf(message: StoredMessage): MessageBody {
  const chunks = message.chunks();
  return Symbol.iterator in chunks ? Buffer.concat([...chunks]) : chunks;
}

const unavailable = refusal(451, "4.3.0", "the queue cannot be reached, try again later");
const full = refusal(452, "4.3.1", "the queue has no room at the moment, try again later");

type HighWater = QueueConfig["highWater"];

/** The reply that refuses mail while the queue is above a high-water mark; undefined while it has room. */
export function highWaterRefusal(
  marks: HighWater,
  { depth, bytes, oldestAgeMs = 0, diskFreeBytes = Infinity }: QueueStats,
): Reply | undefined {
  if (depth >= marks.depth) {
    return noRoom(`the queue holds ${depth} messages`);
  }
  if (bytes >= marks.bytes) {
    return noRoom(`the queue holds ${bytes} octets`);
  }
  if (marks.age > 0 && oldestAgeMs >= marks.age) {
    return noRoom("the oldest message in the queue has waited too long");
  }
  return diskFreeBytes < marks.diskFree
    ? noRoom("the disk of the queue is almost full")
    : undefined;
}

function noRoom(why: string): Reply {
  return refusal(452, "4.3.1", `${why}, try again later`);
}
