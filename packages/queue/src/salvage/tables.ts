import type { MessageState } from "../contract.ts";
import type { MessageColumns, PieceColumns, QueuedColumns } from "../embedded/file/schema.ts";
import { type StoredState, stateName } from "../embedded/store/message-state.ts";
import type { Place, Row, Value } from "./records.ts";

/** A queued message: a row of `schedule` or `dead`. */
export interface QueuedRow extends QueuedColumns {
  readonly state: MessageState;
}

const settingNames: ReadonlySet<string> = new Set(["tag", "clock", "current_seen", "seen_since"]);

/**
 * The rows that were found, by table. The shape of a row shows its table, so that a damaged root page does not hide the
 * leaf pages below it.
 */
export class Tables {
  readonly queued: Map<number, QueuedRow> = new Map();
  readonly messages: Map<number, Place> = new Map();
  readonly pieces: Map<number, Place> = new Map();
  readonly routes: Map<number, string> = new Map();
  readonly settings: Map<string, string | number> = new Map();
  /** The number of queued messages that share a message, including dead letters. */
  readonly shared: Map<number, number> = new Map();
  readonly #indexedRoutes = new Map<number, string>();
  nextSeq = 1;
  commits = 0;

  add(row: Row): void {
    const { rowId, values, page, offset } = row;
    if (rowId === undefined) {
      this.#addIndexed(values);
      return;
    }
    const queued = queuedRow(rowId, values);
    if (queued !== undefined) this.queued.set(rowId, queued);
    else if (messageRow(values) !== undefined) this.messages.set(rowId, { page, offset });
    else if (pieceRow(values) !== undefined) this.pieces.set(rowId, { page, offset });
    else this.#addShort(rowId, values);
  }

  routeName(id: number): string | undefined {
    return this.routes.get(id) ?? this.#indexedRoutes.get(id);
  }

  /** A row of `setting`, or of the index of routes by name, which still names routes whose own page is damaged. */
  #addIndexed(values: readonly Value[]): void {
    const [name, value] = values;
    if (values.length !== 2 || typeof name !== "string") return;
    if (settingNames.has(name)) {
      if (typeof value === "string" || typeof value === "number") this.settings.set(name, value);
    } else if (typeof value === "number") {
      this.#indexedRoutes.set(value, name);
    }
  }

  #addShort(rowId: number, values: readonly Value[]): void {
    const [first, second] = values;
    if (values.length === 9 && first === null && typeof second === "string") {
      this.routes.set(rowId, second);
    } else if (values.length === 3 && first === null && areNumbers(second, values[2])) {
      this.shared.set(rowId, Number(second) + Number(values[2]));
    } else if (values.length === 4 && values.every((value) => typeof value === "number")) {
      const [nextSeq = 1, , , commits = 0] = values;
      this.nextSeq = Math.max(this.nextSeq, nextSeq);
      this.commits = Math.max(this.commits, commits);
    }
  }
}

/** Undefined if these are not the values of a row of `message`, in a file of any version. */
export function messageRow(values: readonly Value[]): MessageColumns | undefined {
  // A file that was upgraded has the checksum at the end, or not at all.
  const [id, route, size, firstSeen, upload, ...rest] = values;
  const [metadata, body, checksum = null] =
    typeof rest[0] === "string" ? rest : [rest[1], rest[2], rest[0]];
  if (values.length < 7 || values.length > 8 || id !== null) return undefined;
  if (typeof route !== "string" || typeof size !== "number" || typeof firstSeen !== "number") {
    return undefined;
  }
  if (!isNumberOrNull(upload) || !isNumberOrNull(checksum)) return undefined;
  if (typeof metadata !== "string" || !(body === null || body instanceof Buffer)) return undefined;
  return { route, size, firstSeen, upload, checksum, metadata, body };
}

/** Undefined if these are not the values of a row of `piece`. */
export function pieceRow(values: readonly Value[]): PieceColumns | undefined {
  const [id, bytes, checksum = null] = values;
  return values.length >= 2 &&
    values.length <= 3 &&
    id === null &&
    bytes instanceof Buffer &&
    isNumberOrNull(checksum)
    ? { bytes, checksum }
    : undefined;
}

function queuedRow(seq: number, values: readonly Value[]): QueuedRow | undefined {
  if (values[0] !== null || values.length < 7) return undefined;
  if (values.length >= 9) {
    const [, route, state, due, , attempt, size, reason, recipients, mail = null] = values;
    const isState = typeof state === "number" && state >= 0 && state <= 3;
    return isState && values.length <= 10
      ? placed(
          seq,
          stateName(state as StoredState),
          [route, due, attempt, size],
          [reason, recipients, mail],
        )
      : undefined;
  }
  const [, route, due, attempt, size, reason, recipients, mail = null] = values;
  return placed(seq, "dead", [route, due, attempt, size], [reason, recipients, mail]);
}

function placed(
  seq: number,
  state: MessageState,
  [route, due, attempt, size]: readonly (Value | undefined)[],
  [reason, recipients, mail]: readonly (Value | undefined)[],
): QueuedRow | undefined {
  if (typeof route !== "number" || typeof due !== "number") return undefined;
  if (typeof attempt !== "number" || typeof size !== "number") return undefined;
  if (!isTextOrNull(reason) || !isTextOrNull(recipients) || !isNumberOrNull(mail)) return undefined;
  return { seq, state, route, due, attempt, size, reason, recipients, mail };
}

function areNumbers(...values: readonly (Value | undefined)[]): boolean {
  return values.every((value) => typeof value === "number");
}

function isNumberOrNull(value: Value | undefined): value is number | null {
  return value === null || typeof value === "number";
}

function isTextOrNull(value: Value | undefined): value is string | null {
  return value === null || typeof value === "string";
}
