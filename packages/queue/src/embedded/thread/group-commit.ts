import type { DatabaseSync } from "node:sqlite";
import { QueueError } from "../../errors.ts";
import { checkPresence, lossLine, noteLoss, progress, recordedLosses } from "../file/losses.ts";
import { MarkFile, readMark } from "../file/mark-file.ts";
import { beginWriting, openDatabase, pause } from "../file/open-database.ts";
import { failureOf, SqliteCode, sqliteCodeOf } from "../file/sqlite-code.ts";
import { DamageFound, damageOf, Unreadable } from "../file/unreadable.ts";
import { Store } from "../store/store.ts";
import type { Answer, Failure, OperationKind, Request, StoreOptions } from "./protocol.ts";

interface Open {
  readonly database: DatabaseSync;
  readonly store: Store;
}

/** Operations that need disk space; the others free some. */
const growing: ReadonlySet<OperationKind> = new Set(["add", "begin-upload", "piece"]);

/** Runs requests. Those that write share one transaction, and thus one `fsync`. */
export class GroupCommit {
  readonly #options: StoreOptions;
  readonly #mark: MarkFile;
  #open: Open | undefined;
  /** Messages whose bodies could not be read, with the reason: the next commit makes them dead letters. */
  readonly #broken = new Map<number, string>();
  readonly #unreadable = new Unreadable();
  #contended = false;
  #tag: string | undefined;
  #synchronous = "FULL";
  #problems: readonly string[] | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#mark = new MarkFile(options.file);
  }

  /** Opens the file if it is not open. Throws the errors of `openDatabase`. */
  open(): Open {
    if (this.#open === undefined) {
      const { file } = this.#options;
      // Read before the database is opened: other processes may commit while it is being opened.
      const mark = readMark(file);
      checkPresence(file, mark);
      const { database, problems } = openDatabase(this.#options, {
        check: this.#problems === undefined,
      });
      this.#problems ??= problems;
      this.#synchronous = "FULL";
      try {
        noteLoss(database, this.#options, mark);
        this.#mark.write(progress(database));
        this.#open = { database, store: new Store(database, this.#options, this.#unreadable) };
      } catch (error) {
        database.close();
        throw error;
      }
    }
    return this.#open;
  }

  get tag(): string {
    this.#tag ??= progress(this.open().database).tag;
    return this.#tag;
  }

  /** Problems with the file that did not prevent opening it, one line each. */
  get problems(): readonly string[] {
    const { database } = this.open();
    return [...recordedLosses(database).map(lossLine), ...(this.#problems ?? [])];
  }

  /** Answers every request and never throws. All changes are durable when it returns. */
  run(requests: readonly Request[], nowMs: number): readonly Answer[] {
    const answers: Answer[] = [];
    try {
      const writing = this.#readWhatCanBeRead(requests, nowMs, answers);
      if (writing.length > 0 || this.#broken.size > 0) {
        answers.push(...this.#commitWhatIsReadable(writing, nowMs));
      }
      return answers;
    } catch (error) {
      const failure = this.#recover(error);
      const answered = new Set(answers.map(({ id }) => id));
      const open = requests.filter(({ id }) => !answered.has(id));
      if (damageOf(error) !== undefined && open.length > 1) {
        // One request met a damaged page, which must not fail the others.
        return [...answers, ...open.flatMap((request) => this.run([request], nowMs))];
      }
      return [...answers, ...this.#settleDespite(failure, open, nowMs)];
    }
  }

  close(): void {
    this.#open?.store.close();
    this.#open?.database.close();
    this.#open = undefined;
    this.#mark.sync();
    this.#mark.close();
  }

  #readWhatCanBeRead(
    requests: readonly Request[],
    nowMs: number,
    answers: Answer[],
  ): readonly Request[] {
    const { store } = this.open();
    return requests.filter(({ id, operation }) => {
      try {
        const answer = store.answerFromReading(operation, nowMs);
        if (answer !== undefined) answers.push({ id, ...answer });
        return answer === undefined;
      } catch (error) {
        if (!(error instanceof DamageFound && operation.kind === "read")) throw error;
        this.#broken.set(operation.seq, error.message);
        answers.push({ id, failure: bodyDamaged(error.message) });
        return false;
      }
    });
  }

  /** Starts over each time it meets a body that cannot be read: the body has been recorded, and the next try skips it. */
  #commitWhatIsReadable(requests: readonly Request[], nowMs: number): readonly Answer[] {
    for (;;) {
      try {
        return this.#commit(requests, nowMs);
      } catch (error) {
        if (!(error instanceof DamageFound)) throw error;
        const { database, store } = this.open();
        store.forget();
        if (database.isTransaction) database.exec("ROLLBACK");
      }
    }
  }

  #commit(requests: readonly Request[], nowMs: number): readonly Answer[] {
    const { database, store } = this.open();
    // Processes that wait for the lock poll a few times a millisecond: this pause gives them a chance to get it.
    if (this.#contended) pause(contendedPauseMs);
    this.#waitForDisk(
      database,
      this.#broken.size === 0 &&
        requests.every(({ operation }) => operation.kind === "replies-received"),
    );
    this.#contended = beginWriting(database, this.#options.busyTimeoutMs);
    const answers = requests.map(({ id, operation }): Answer => {
      try {
        return { id, value: store.write(operation, nowMs) };
      } catch (error) {
        if (!(error instanceof QueueError)) throw error;
        return { id, failure: { code: error.code, message: error.message } };
      }
    });
    for (const [seq, reason] of this.#broken) {
      store.setAside(seq, `cannot be read from the queue's file: ${reason}`, nowMs);
    }
    const reached = store.flush();
    database.exec("COMMIT");
    this.#broken.clear();
    if (reached !== undefined) this.#mark.write({ tag: this.tag, ...reached });
    if (requests.some(({ operation }) => operation.kind === "maintain")) this.#mark.sync();
    return answers;
  }

  /** Received replies only have to be visible to other processes: a power cut may lose them. */
  #waitForDisk(database: DatabaseSync, isRepliesOnly: boolean): void {
    const synchronous = isRepliesOnly ? "NORMAL" : "FULL";
    if (synchronous === this.#synchronous) return;
    database.exec(`PRAGMA synchronous = ${synchronous}`);
    this.#synchronous = synchronous;
  }

  /** Undoes a failed transaction completely, so that the file can be used again. */
  #recover(error: unknown): Failure {
    const failure = failureOf(error, this.#options.file);
    const open = this.#open;
    if (open === undefined) return failure;
    open.store.forget();
    try {
      // SQLite may have rolled back already.
      if (open.database.isTransaction) open.database.exec("ROLLBACK");
      if (failure.code === "queue-full") open.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      const code = sqliteCodeOf(error);
      // Opening the file again would neither free the lock nor repair the damage.
      if (code === SqliteCode.busy || code === SqliteCode.corrupt) return failure;
      if (failure.code === "queue-full") return failure;
    } catch {
      // A database that cannot roll back is closed, and opened again by the next request.
    }
    try {
      open.store.close();
      open.database.close();
    } catch {
      // The handle is given up either way.
    }
    this.#open = undefined;
    return failure;
  }

  /** On a full disk, refuses new messages and tries once more with the operations that free space. */
  #settleDespite(failure: Failure, requests: readonly Request[], nowMs: number): readonly Answer[] {
    const refuse = ({ id }: Request): Answer => ({ id, failure });
    const settling = requests.filter(({ operation }) => !growing.has(operation.kind));
    const refused = requests.filter(({ operation }) => growing.has(operation.kind)).map(refuse);
    if (failure.code !== "queue-full" || settling.length === 0 || refused.length === 0) {
      return requests.map(refuse);
    }
    try {
      return [...refused, ...this.#commit(settling, nowMs)];
    } catch (error) {
      this.#recover(error);
      return requests.map(refuse);
    }
  }
}

function bodyDamaged(reason: string): Failure {
  return {
    code: "body-damaged",
    message: `the body of a message cannot be read: ${reason}. The message is a dead letter now`,
  };
}

const contendedPauseMs = 0.4;
