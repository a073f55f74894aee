import type { MessageState, NewMessage, QueueStats } from "../../contract.ts";
import type { QueueErrorCode } from "../../errors.ts";
import type { Anchor, ClockReading } from "../queue-clock.ts";
import type { ReplyKey } from "../store/resend-table.ts";

/** A body up to this size is stored in the row of its message; a longer one in pieces of this size. */
export const pieceBytes: number = 256 * 1024;

export interface StoreOptions {
  readonly file: string;
  readonly dedupWindowMs: number;
  readonly busyTimeoutMs: number;
  readonly minFreeBytes: number;
  /** The limit for messages that settle others; at most `minFreeBytes`. */
  readonly minFreeSettlingBytes: number;
  readonly maxBytes: number | undefined;
  readonly fullCheckBytes: number;
}

export interface StoredDestination {
  readonly route: string;
  /** The recipients as JSON; null if they are part of the metadata. */
  readonly recipients: string | null;
}

export interface AddOperation {
  readonly kind: "add";
  readonly destinations: readonly StoredDestination[];
  readonly metadata: string;
  readonly dedupId: string | undefined;
  readonly resend: NewMessage["resend"];
  readonly firstSeenMs: number | undefined;
  readonly delayMs: number;
  /** Whether the message may use the space reserved for settling. */
  readonly settles?: boolean;
  readonly sizeBytes: number;
  /** The whole body; undefined if its pieces were stored in `upload`. */
  readonly bytes: Uint8Array | undefined;
  readonly upload: number | undefined;
}

export interface PieceOperation {
  readonly kind: "piece";
  readonly settles?: boolean;
  readonly upload: number;
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface TakeOperation {
  readonly kind: "take";
  readonly batch: number;
  readonly excludeRoutes: ReadonlySet<string>;
  readonly excludeEndings: readonly string[];
  readonly maxPerRoute: number;
  readonly maxBytes: number;
  readonly leaseMs: number;
}

interface Held {
  readonly seq: number;
  readonly lease: number;
}

export interface RetryOperation extends Held {
  readonly kind: "retry";
  readonly afterMs: number;
  readonly reason: string;
  /** The remaining recipients as JSON; null leaves them unchanged. */
  readonly recipients: string | null;
}

interface DeadOperation extends Held {
  readonly kind: "dead";
  readonly reason: string;
  /** As in a retry. */
  readonly recipients: string | null;
}

export interface ListOperation {
  readonly kind: "list";
  readonly state: MessageState | undefined;
  readonly route: string | undefined;
  readonly limit: number;
  readonly after: number;
}

/** The messages that one add has queued, one for each destination, have consecutive numbers. */
export interface AddedRows {
  readonly firstSeq: number;
  readonly count: number;
  readonly duplicate: boolean;
  readonly sentAgain?: string;
}

/** The data passed to the thread when it starts. */
export interface ThreadStart {
  readonly store: StoreOptions;
  readonly clock: ClockReading;
}

/** Each operation with the type of its result. Times are those of the file's clock; see `QueueClock`. */
export interface Operations {
  add: [AddOperation, AddedRows];
  "begin-upload": [{ readonly kind: "begin-upload"; readonly settles?: boolean }, number];
  piece: [PieceOperation, undefined];
  "abandon-upload": [{ readonly kind: "abandon-upload"; readonly upload: number }, undefined];
  take: [TakeOperation, Taken];
  done: [Held & { readonly kind: "done" }, boolean];
  retry: [RetryOperation, boolean];
  dead: [DeadOperation, boolean];
  extend: [Held & { readonly kind: "extend"; readonly durationMs: number }, boolean];
  "hand-back": [Held & { readonly kind: "hand-back" }, boolean];
  read: [{ readonly kind: "read"; readonly seq: number; readonly index: number }, Piece];
  list: [ListOperation, { readonly rows: readonly MessageRow[]; readonly next?: number }];
  show: [{ readonly kind: "show"; readonly seq: number }, MessageRow | undefined];
  "retry-now": [{ readonly kind: "retry-now"; readonly seq: number }, boolean];
  drop: [{ readonly kind: "drop"; readonly seq: number }, boolean];
  hold: [{ readonly kind: "hold"; readonly seq: number }, boolean];
  release: [{ readonly kind: "release"; readonly seq: number }, boolean];
  stats: [{ readonly kind: "stats"; readonly maxRoutes: number }, QueueStats];
  "replies-received": [
    { readonly kind: "replies-received"; readonly replies: readonly ReplyKey[] },
    undefined,
  ];
  "reply-lost": [{ readonly kind: "reply-lost"; readonly reply: ReplyKey }, undefined];
  maintain: [{ readonly kind: "maintain"; readonly aheadMs: number }, undefined];
}
export type OperationKind = keyof Operations;
export type Operation = Operations[OperationKind][0];
export type ResultOf<Asked extends Operation> = Operations[Asked["kind"]][1];
export type Run = <Asked extends Operation>(operation: Asked) => Promise<ResultOf<Asked>>;

export interface MessageRow {
  readonly seq: number;
  readonly state: MessageState;
  readonly route: string;
  readonly dueMs: number;
  readonly attempt: number;
  readonly reason: string | null;
  readonly recipients: string | null;
  readonly metadata: string;
  readonly sizeBytes: number;
  readonly firstSeenMs: number;
}

export interface TakenRow extends MessageRow {
  /** The whole body; undefined if it is stored in pieces, which are read one by one. */
  readonly bytes: Uint8Array | undefined;
}

export interface Taken {
  readonly lease: number;
  readonly rows: readonly TakenRow[];
  /** If nothing was taken: when the next message that is already queued can be taken. */
  readonly nextMs: number | undefined;
}

/** One piece of a body; undefined if the message no longer exists. */
export type Piece = { readonly bytes: Uint8Array; readonly last: boolean } | undefined;

export interface Request {
  readonly id: number;
  readonly operation: Operation;
}

/** The messages that the queue sends to its thread. */
export type ToThread =
  | { readonly kind: "requests"; readonly nowMs: number; readonly requests: readonly Request[] }
  | { readonly kind: "close" };

export interface Failure {
  readonly code: QueueErrorCode;
  readonly message: string;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure };

/** The messages that the thread sends to its queue. */
export type FromThread =
  | {
      readonly kind: "opened";
      readonly tag: string;
      readonly anchor: Anchor;
      readonly problems: readonly string[];
    }
  | { readonly kind: "not-opened"; readonly failure: Failure }
  | { readonly kind: "answers"; readonly answers: readonly Answer[] };
