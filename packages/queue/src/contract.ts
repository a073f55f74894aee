/** The contract of every backend, and the shape of a queued message. Times are milliseconds since 1970. */

/** RFC 3461 4.1: when to send a delivery status notification for a recipient. */
export type Notify = "never" | "success" | "failure" | "delay";

/** A recipient of a queued message. */
export interface Recipient {
  readonly address: string;
  /** RFC 3461; absent if the client asked for no notifications. */
  readonly dsn?: { readonly notify?: readonly Notify[]; readonly orcpt?: string };
  /** It failed permanently and is not tried again. It stays until its bounce is queued, or for an operator. */
  readonly failure?: RecipientFailure;
}

/** Why a recipient failed: the reply of a server, or of this program. */
export interface RecipientFailure {
  /** As in SMTP, with `enhancedCode` as in "5.1.1". */
  readonly code: number;
  readonly enhancedCode?: string;
  readonly text: string;
  /** The server that replied; absent if this program did. */
  readonly host?: string;
  /** The words of a server, if the reply is this program's and refers to them. */
  readonly quoted?: { readonly host: string; readonly text: string };
  /** The message expired: the reply is that of the last attempt. */
  readonly expired?: boolean;
}

/** The envelope of a queued message (RFC 5321, RFC 3461). */
export interface Envelope {
  /** The reverse-path; `""` is the null sender. */
  readonly from: string;
  readonly recipients: readonly Recipient[];
  /** RFC 3461 4.3: how much of the message a notification returns. */
  readonly ret?: "full" | "headers";
  /** RFC 3461 4.4. */
  readonly envid?: string;
  /** RFC 6531: the envelope or header is UTF-8. Default: false. */
  readonly smtputf8?: boolean;
  /** RFC 6152: the body was announced as 8BITMIME. Default: false. */
  readonly body8bit?: boolean;
}

/** Recipients who are delivered to together. */
export interface Destination {
  /**
   * The partition of the queue that the message goes to, as the caller names it: a recipient domain, a smart host, a
   * domain with a binding. Takes can exclude a route or limit its share. 1 to 255 bytes.
   */
  readonly route: string;
  /** At least one. */
  readonly recipients: readonly Recipient[];
}

/** A message to queue for any number of destinations: for all of them, or for none. */
export interface NewMessage {
  /** The part of the envelope that all recipients share. */
  readonly envelope: Omit<Envelope, "recipients">;
  /** At least one. Each becomes a queued message of its own, which is taken, deferred and settled by itself. */
  readonly destinations: readonly Destination[];
  /** Two adds with the same id within the de-duplication window are one message. */
  readonly dedupId?: string;
  /** How it was accepted: binding, authenticated user, listener. Stored as given. */
  readonly context?: ReadonlyMap<string, string>;
  /** Default: now. */
  readonly firstSeenMs?: number;
  /** How long until it can be taken. Default: 0. */
  readonly delayMs?: number;
  /**
   * It settles queued mail, as a bounce does: it may use the space that is reserved for settling, from which other
   * mail is refused. Default: false.
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

/** The bytes, or pieces of any size. An array must not change until `add` has resolved. */
export type MessageBody = Uint8Array | AsyncIterable<Uint8Array>;

/** The result of `add`. */
export interface Added {
  /** One for each destination, in their order; for a duplicate, those of the earlier message. */
  readonly ids: readonly string[];
  /** Nothing was added: the de-duplication id was seen within the window, or the client sent the message again. */
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

/** A message in the queue, without its body. */
export interface QueuedMessage {
  readonly id: string;
  readonly dedupId?: string;
  /** With the recipients that are left. */
  readonly envelope: Envelope;
  readonly context: ReadonlyMap<string, string>;
  readonly route: string;
  readonly sizeBytes: number;
  readonly firstSeenMs: number;
  /** How often it was taken: 1 in its first lease, 0 in a list before that. */
  readonly attempt: number;
  /** Why it was deferred: the reason of the last `retry`. */
  readonly reason?: string;
}

/** The options of `take`. */
export interface TakeOptions {
  /** How long to wait if there is no message. Default: 0. */
  readonly waitMs?: number;
  /** Ends the wait early. Messages that were taken are returned, never lost. */
  readonly signal?: AbortSignal;
  /** Routes to take no messages from, such as those at their limit. */
  readonly excludeRoutes?: ReadonlySet<string>;
  /** The same for all routes whose names end with one of these, for a limit that many routes share. */
  readonly excludeEndings?: readonly string[];
  /** The maximum number of messages from one route. Default: the batch. */
  readonly maxPerRoute?: number;
  /** The maximum size of the bodies together; the message that exceeds it is the last. Default: 16 MiB. */
  readonly maxBytes?: number;
}

/** When to try a message again, and why. */
export interface Retry {
  readonly afterMs: number;
  /** One line for the operator. */
  readonly reason: string;
  /** The recipients that are still to be delivered to. Default: all of the lease. */
  readonly recipients?: readonly Recipient[];
}

/**
 * A message that the caller alone holds until `expiresAtMs`; after that, anybody may take it again. Setting the wall
 * clock does not change how long the lease lasts, although `expiresAtMs` does not show that.
 *
 * Exactly one of `done`, `retry`, `dead` and `release` ends the lease. Each resolves when that is durable, and rejects
 * with "lease-lost" if the lease has expired or an operator has dropped or held the message.
 */
export interface Lease {
  readonly message: QueuedMessage;
  readonly expiresAtMs: number;
  /** The bytes in pieces, so that memory stays flat whatever their number. */
  body(): AsyncIterable<Uint8Array>;
  /** The bytes in one array. */
  bytes(): Promise<Uint8Array>;
  /** Removes the message: it is delivered, or no longer wanted. */
  done(): Promise<void>;
  /** Defers the message. */
  retry(retry: Retry): Promise<void>;
  /**
   * Makes it a dead letter, which an operator can inspect, retry or drop. `recipients`: those for whom a retry would
   * be. Default: all of the lease.
   */
  dead(reason: string, recipients?: readonly Recipient[]): Promise<void>;
  /** Extends the lease to `durationMs` from now; resolves to the new `expiresAtMs`. */
  extend(durationMs: number): Promise<number>;
  /** Hands the message back without an attempt, for a graceful stop: it can be taken at once. */
  release(): Promise<void>;
}

/** The state of a queued message: dead messages are never delivered, held ones wait for an operator. */
export type MessageState = "ready" | "leased" | "delayed" | "held" | "dead";

/** A message as an operator sees it. */
export interface ListedMessage extends QueuedMessage {
  readonly state: MessageState;
  /** When it can be taken, its lease ends, or it became a dead letter; absent if the backend does not know. */
  readonly dueMs?: number;
}

/** The options of `list`. */
export interface ListOptions {
  /** Default: all but dead. */
  readonly state?: MessageState;
  readonly route?: string;
  /** The maximum number of entries on a page, 1 to 1000. Default: 100. */
  readonly limit?: number;
  /** `next` of the previous page. */
  readonly after?: string;
}

/** A page of a list. */
export interface ListPage {
  /** A page may have fewer than `limit` messages, even none, without being the last. */
  readonly messages: readonly ListedMessage[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** Optional members are absent if the backend cannot know them. */
export interface RouteStats {
  readonly route: string;
  /** All messages except dead letters. */
  readonly depth: number;
  /** The size of their bodies, including those that other routes share. */
  readonly bytes?: number;
  readonly leased?: number;
  readonly delayed?: number;
  readonly held?: number;
  readonly dead?: number;
}

/** Plain numbers and names, ready for JSON. */
export interface QueueStats {
  /** All messages except dead letters. */
  readonly depth: number;
  /** The size of their bodies; a body that several messages share counts once. */
  readonly bytes: number;
  /** The age of the oldest of them; absent if there is none. */
  readonly oldestAgeMs?: number;
  readonly leased: number;
  /** Deferred and not taken since; absent if the backend counts them as leased. */
  readonly delayed?: number;
  readonly held: number;
  readonly dead: number;
  /** The maximum number of messages that are missing from the file, as reported at each start; absent if none are. */
  readonly missing?: number;
  /** Free space of the disk; absent if the queue is on servers. */
  readonly diskFreeBytes?: number;
  /** The deepest routes, the deepest first. */
  readonly routes: readonly RouteStats[];
}

/** The options of `stats`. */
export interface StatsOptions {
  /** The maximum number of routes to return. Default: 100. */
  readonly maxRoutes?: number;
}

/**
 * A durable queue with at-least-once delivery: a message for which `add` has resolved can be taken even if every
 * process is killed the next moment, and can be taken again if a lease ends unsettled. Every method rejects with a
 * `QueueError`.
 */
export interface Queue {
  /**
   * Resolves when the message is durable for all its destinations; if it rejects, it is queued for none. The body is
   * stored once, and removed with the last queued message that refers to it. "queue-full" and "queue-unavailable" are
   * temporary.
   */
  add(message: NewMessage, body: MessageBody): Promise<Added>;
  /** Takes up to `batch` messages, the longest due first. Resolves to an empty list if none came in time. */
  take(batch: number, options?: TakeOptions): Promise<readonly Lease[]>;
  /** Counts the messages in the queue, by state and route. */
  stats(options?: StatsOptions): Promise<QueueStats>;

  /** Lists messages, a page at a time. */
  list(options?: ListOptions): Promise<ListPage>;
  /** Resolves to undefined if there is no such message. */
  show(id: string): Promise<ListedMessage | undefined>;
  /** The bytes of a message, in pieces; none if there is no such message. */
  content(id: string): AsyncIterable<Uint8Array>;
  /** Makes a deferred message or a dead letter ready. This and the next three resolve to false if there is nothing to change. */
  retryNow(id: string): Promise<boolean>;
  /** Removes it, whatever its state. */
  drop(id: string): Promise<boolean>;
  /** Keeps it from being taken; a lease on it is lost. */
  hold(id: string): Promise<boolean>;
  /** Makes a held message ready. */
  release(id: string): Promise<boolean>;

  /** Finishes the calls under way, then closes. Leases that are still open expire. */
  close(): Promise<void>;
  /** Closes the queue, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
