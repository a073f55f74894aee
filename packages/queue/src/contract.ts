/** What every backend does, and what a message in a queue is. Times are milliseconds since 1970. */

/** RFC 3461 4.1: when to send a delivery status notification for a recipient. */
export type Notify = "never" | "success" | "failure" | "delay";

export interface Recipient {
  readonly address: string;
  /** RFC 3461; absent: the client asked for nothing. */
  readonly dsn?: { readonly notify?: readonly Notify[]; readonly orcpt?: string };
  /** It failed for good and is not tried again: it is kept to be told, or for an operator. */
  readonly failure?: RecipientFailure;
}

/** Why a recipient failed: what a server said, or this program. */
export interface RecipientFailure {
  /** As in SMTP, with `enhancedCode` as in "5.1.1". */
  readonly code: number;
  readonly enhancedCode?: string;
  readonly text: string;
  /** The server that said so; absent: none did. */
  readonly host?: string;
  /** What a server said, in its words, where the reply is this program's and about that. */
  readonly quoted?: { readonly host: string; readonly text: string };
  /** Its time was up: the reply is that of the last attempt. */
  readonly expired?: boolean;
}

export interface Envelope {
  /** The reverse-path; `""` is the null sender. */
  readonly from: string;
  readonly recipients: readonly Recipient[];
  /** RFC 3461 4.3: what a notification returns of the message. */
  readonly ret?: "full" | "headers";
  /** RFC 3461 4.4. */
  readonly envid?: string;
  /** RFC 6531: the envelope or header is UTF-8. Default: false. */
  readonly smtputf8?: boolean;
  /** RFC 6152: the body was announced as 8BITMIME. Default: false. */
  readonly body8bit?: boolean;
}

/** Recipients who are served together. */
export interface Destination {
  /**
   * Where they are, as far as concurrency is counted: a recipient domain, a smart host, a binding and a
   * domain. 1 to 255 bytes.
   */
  readonly route: string;
  /** At least one. */
  readonly recipients: readonly Recipient[];
}

/** A message to queue, for any number of destinations: accepted for all of them, or for none. */
export interface NewMessage {
  /** What is the same for all recipients. */
  readonly envelope: Omit<Envelope, "recipients">;
  /** At least one. For each there is a queued message, which is taken, put off and ended by itself. */
  readonly destinations: readonly Destination[];
  /** Two messages with the same one, added within the de-duplication window, are one. */
  readonly dedupId?: string;
  /** What accepted it: binding, authenticated user, listener. Kept as given. */
  readonly context?: ReadonlyMap<string, string>;
  /** Default: now. */
  readonly firstSeenMs?: number;
  /** Not to be taken before this long has passed. Default: 0. */
  readonly delayMs?: number;
  /**
   * It settles mail that is in the queue, a bounce for instance: it may use the space that is kept for
   * settling, where other mail is refused. Default: false.
   */
  readonly settles?: boolean;
  /** Detects that the client sends the message again because it missed the reply. Needs `dedupId`. */
  readonly resend?: {
    /** Equal for equal messages: same client, same envelope, same bytes. 1 to 1,024 bytes. */
    readonly fingerprint: string;
    /** How long to remember a message whose client may have missed the reply. */
    readonly windowMs: number;
  };
}

/** The bytes, or pieces of any size; the array must not change until `add` has resolved. */
export type MessageBody = Uint8Array | AsyncIterable<Uint8Array>;

export interface Added {
  /** One for each destination, in their order; of the message that was there already if this is a duplicate. */
  readonly ids: readonly string[];
  /** The de-duplication id was seen within the window, or it was sent again: nothing was added. */
  readonly duplicate: boolean;
  /** The client sent the message again: the `dedupId` under which it was accepted. There are no `ids` then. */
  readonly sentAgain?: string;
  /** Reports whether the client got the reply; absent unless `resend` was given. */
  readonly pendingReply?: PendingReply;
}

/**
 * The reply to a client whose message was accepted. Until one of these is called, the reply counts as received; if
 * the process ends before that, nobody knows, and the client may send the message again.
 */
export interface PendingReply {
  /** The client has gone on after the reply: an equal message from now on is a new message. */
  received(): void;
  /** The connection ended right after the reply. Resolves when all processes know it. */
  lost(): Promise<void>;
}

export interface QueuedMessage {
  readonly id: string;
  readonly dedupId?: string;
  /** Its recipients are those that are left. */
  readonly envelope: Envelope;
  readonly context: ReadonlyMap<string, string>;
  readonly route: string;
  readonly sizeBytes: number;
  readonly firstSeenMs: number;
  /** How often it was taken: 1 in the first lease, 0 in a list before that. */
  readonly attempt: number;
  /** Why it was put off, as `retry` was told last. */
  readonly reason?: string;
}

export interface TakeOptions {
  /** How long to wait where nothing is there. Default: 0. */
  readonly waitMs?: number;
  /** Ends the wait early; what was taken is returned, never lost. */
  readonly signal?: AbortSignal;
  /** Routes that are at their limit: none of their messages is taken. */
  readonly excludeRoutes?: ReadonlySet<string>;
  /** Nor of any whose name ends so: for what many routes share. */
  readonly excludeEndings?: readonly string[];
  /** Messages of one route at most. Default: the batch. */
  readonly maxPerRoute?: number;
  /** Bytes of bodies at most; the message that passes it is the last. Default: 16 MiB. */
  readonly maxBytes?: number;
}

export interface Retry {
  readonly afterMs: number;
  /** For the operator, one line. */
  readonly reason: string;
  /** Those who are still to be served. Default: all that were. */
  readonly recipients?: readonly Recipient[];
}

/**
 * A message in hand. Whoever holds it has it alone until `expiresAtMs`; then anybody may take it again. It lasts
 * as long if the wall clock is set meanwhile, which `expiresAtMs` does not show.
 * Exactly one of `done`, `retry`, `dead`, `release` ends it; each resolves when that is durable, and
 * rejects with "lease-lost" where the message is no longer held: it expired, or was dropped or held.
 */
export interface Lease {
  readonly message: QueuedMessage;
  readonly expiresAtMs: number;
  /** The bytes, in pieces: memory stays flat however long it is. */
  body(): AsyncIterable<Uint8Array>;
  /** The bytes in one array. */
  bytes(): Promise<Uint8Array>;
  /** Delivered, or no longer wanted: removes it. */
  done(): Promise<void>;
  /** Puts it off. */
  retry(retry: Retry): Promise<void>;
  /**
   * Gives it up: it goes to the dead letters, to be looked at, retried or dropped. `recipients`: those that
   * a retry is for. Default: all that were.
   */
  dead(reason: string, recipients?: readonly Recipient[]): Promise<void>;
  /** Holds it for `durationMs` from now; resolves to the new `expiresAtMs`. */
  extend(durationMs: number): Promise<number>;
  /** Hands it back untried, for a graceful stop: it can be taken at once. */
  release(): Promise<void>;
}

export type MessageState = "ready" | "leased" | "delayed" | "held" | "dead";

/** A message as an operator sees it. */
export interface ListedMessage extends QueuedMessage {
  readonly state: MessageState;
  /** When it can be taken, or the lease ends, or it died; absent where the backend does not know. */
  readonly dueMs?: number;
}

export interface ListOptions {
  /** Default: all but dead. */
  readonly state?: MessageState;
  readonly route?: string;
  /** Entries of a page at most, 1 to 1000. Default: 100. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface ListPage {
  /** May be fewer than `limit`, even none, on a page that is not the last. */
  readonly messages: readonly ListedMessage[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** Optional members are absent where the backend cannot know them. */
export interface RouteStats {
  readonly route: string;
  /** All but dead letters. */
  readonly depth: number;
  /** Of their bodies, whether or not other routes share them. */
  readonly bytes?: number;
  readonly leased?: number;
  readonly delayed?: number;
  readonly held?: number;
  readonly dead?: number;
}

/** Plain numbers and names: can be given to JSON as it is. */
export interface QueueStats {
  /** Messages, all but dead letters. */
  readonly depth: number;
  /** Of their bodies; one that several messages share counts once. */
  readonly bytes: number;
  /** Since the oldest of them was first seen; absent where there is none. */
  readonly oldestAgeMs?: number;
  readonly leased: number;
  /** Put off by a retry and not taken since. Absent: counted as leased. */
  readonly delayed?: number;
  readonly held: number;
  readonly dead: number;
  /** Messages that went missing from a file, at most, as each start says; absent: none is known of. */
  readonly missing?: number;
  /** What the disk below has left; absent where that is elsewhere. */
  readonly diskFreeBytes?: number;
  /** The deepest routes, the deepest first. */
  readonly routes: readonly RouteStats[];
}

export interface StatsOptions {
  /** Routes to return at most. Default: 100. */
  readonly maxRoutes?: number;
}

/**
 * A durable queue, at least once: what `add` resolved for is delivered even if every process is killed
 * the next moment, and is taken again where a lease ended unsettled. Every method rejects with a
 * `QueueError`.
 */
export interface Queue {
  /**
   * Resolves when the message is durable for all its destinations; rejects when it is queued for none. The
   * body is stored once, and removed with the last queued message that has it. "queue-full" and
   * "queue-unavailable" are temporary.
   */
  add(message: NewMessage, body: MessageBody): Promise<Added>;
  /** Takes up to `batch` messages, the longest due first. Resolves to none where none came in time. */
  take(batch: number, options?: TakeOptions): Promise<readonly Lease[]>;
  stats(options?: StatsOptions): Promise<QueueStats>;

  list(options?: ListOptions): Promise<ListPage>;
  /** Resolves to undefined where there is no such message. */
  show(id: string): Promise<ListedMessage | undefined>;
  /** The bytes of a message, in pieces; none where there is no such message. */
  content(id: string): AsyncIterable<Uint8Array>;
  /** Makes a delayed or dead message ready. These four resolve to false where nothing was to do. */
  retryNow(id: string): Promise<boolean>;
  /** Removes it, whatever its state. */
  drop(id: string): Promise<boolean>;
  /** Keeps it from being taken; a lease on it is lost. */
  hold(id: string): Promise<boolean>;
  /** Makes a held message ready. */
  release(id: string): Promise<boolean>;

  /** Finishes what was begun. Leases that are still open run out. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
