import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { checksumOf } from "../embedded/file/checksum.ts";
import { openDatabase } from "../embedded/file/open-database.ts";
import { queueError } from "../embedded/file/sqlite-code.ts";
import { State } from "../embedded/store/message-state.ts";
import { pieceId } from "../embedded/store/piece-id.ts";
import { badOption, QueueError } from "../errors.ts";
import { type LostMessage, Salvage, type SalvagedMessage } from "./salvage.ts";

/** The result of `recoverQueue`. */
export interface Recovery {
  /** The number of messages in the new file, including dead letters. */
  readonly recovered: number;
  readonly lost: readonly LostMessage[];
  /** The problems of the damaged file, one line each. */
  readonly findings: readonly string[];
}

const perTransaction = 500;

/**
 * Copies every message that can be read from a queue file to a new file, with its id, state and attempts; leased
 * messages become ready. Reads the pages of the file and its WAL without SQLite, so that no damaged page hides others,
 * and never writes to them. Rejects with "bad-option" if the target exists or the source does not, with
 * "queue-unavailable" if the source is in use, or with "queue-full" if the disk of the target is full. After an error
 * there is no target.
 *
 * ```ts
 * const { recovered, lost } = await recoverQueue("/var/lib/mailseal/queue.db", "/var/lib/mailseal/new.db");
 * console.log(`${recovered} messages saved, ${lost.length} lost`);
 * ```
 */
export async function recoverQueue(source: string, target: string): Promise<Recovery> {
  for (const path of [target, `${target}-wal`, `${target}-mark`]) {
    if (existsSync(path))
      throw badOption(`${path} exists. Recover into a file that does not exist`);
  }
  if (!existsSync(source)) throw badOption(`there is no queue file ${source}`);
  if (isInUse(source)) throw inUse(source);
  const before = stampOf(source);
  const salvage = openSalvage(source);
  try {
    if (!salvage.isQueue) {
      throw new QueueError(
        "queue-corrupt",
        `no data of a queue was found in ${source}. Is it the right file?`,
      );
    }
    const recovery = writeTarget(salvage, target);
    if (stampOf(source) !== before) {
      remove(target);
      throw inUse(source);
    }
    return recovery;
  } finally {
    salvage.close();
  }
}

function openSalvage(source: string): Salvage {
  try {
    return new Salvage(source);
  } catch (error) {
    throw queueError(error, source);
  }
}

function writeTarget(salvage: Salvage, target: string): Recovery {
  try {
    closeSync(openSync(target, "wx", 0o600));
  } catch (error) {
    throw queueError(error, target);
  }
  try {
    return writeNew(salvage, target);
  } catch (error) {
    remove(target);
    throw queueError(error, target);
  }
}

function remove(file: string): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
}

function writeNew(salvage: Salvage, file: string): Recovery {
  const { database } = openDatabase(
    {
      file,
      dedupWindowMs: 0,
      busyTimeoutMs: 10_000,
      minFreeBytes: 0,
      minFreeSettlingBytes: 0,
      maxBytes: undefined,
      fullCheckBytes: 0,
    },
    { check: false },
  );
  try {
    const writer = new Writer(database);
    const lost: LostMessage[] = [];
    let recovered = 0;
    for (const message of salvage.messages()) {
      if (!("message" in message)) {
        lost.push(message);
        continue;
      }
      writer.add(message, salvage.pieces(message.message));
      recovered += 1;
    }
    writer.finish(salvage);
    return { recovered, lost, findings: salvage.findings };
  } finally {
    database.close();
  }
}

class Writer {
  readonly #database: DatabaseSync;
  readonly #routes = new Map<string, number>();
  readonly #mails = new Set<number>();
  #written = 0;
  #lastSeq = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec("BEGIN IMMEDIATE");
  }

  add(found: SalvagedMessage, pieces: Iterable<Uint8Array | undefined>): void {
    const mail = found.mail ?? found.seq;
    if (!this.#mails.has(mail)) this.#addMessage(mail, found, pieces);
    const isDead = found.state === "dead";
    const route = this.#routeId(found.routeName);
    const { seq, due, attempt, size, reason, recipients } = found;
    if (isDead) {
      this.#run(
        "INSERT INTO dead (seq, route, due, attempt, size, reason, recipients, mail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [seq, route, due, attempt, size, reason, recipients, found.mail],
      );
    } else {
      const state = State[found.state === "leased" ? "ready" : found.state];
      this.#run(
        "INSERT INTO schedule (seq, route, state, due, attempt, size, reason, recipients, mail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [seq, route, state, due, attempt, size, reason, recipients, found.mail],
      );
    }
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    this.#written += 1;
    if (this.#written % perTransaction === 0) this.#database.exec("COMMIT; BEGIN IMMEDIATE");
  }

  /** Writes the counts, and continues the numbers of the old file. */
  finish({ tables, mark, tag }: Salvage): void {
    const setting = this.#database.prepare("INSERT OR REPLACE INTO setting VALUES (?, ?)");
    setting.run("tag", tag);
    const clock = tables.settings.get("clock");
    if (clock !== undefined) setting.run("clock", clock);
    this.#database.exec(counting);
    const nextSeq = Math.max(tables.nextSeq, mark?.nextSeq ?? 1, this.#lastSeq + 1);
    // More than in the mark of the old file, so that the new file in its place does not count as one that lost mail.
    const commits = Math.max(tables.commits, mark?.commits ?? 0) + 1;
    this.#run("UPDATE ledger SET next_seq = ?, commits = ?", [nextSeq, commits]);
    this.#database.exec("COMMIT");
  }

  #addMessage(
    mail: number,
    { message, mail: shared }: SalvagedMessage,
    pieces: Iterable<Uint8Array | undefined>,
  ): void {
    this.#mails.add(mail);
    const { route, size, firstSeen, upload, metadata, body } = message;
    const checksum = checksumOf(metadata, body ?? "");
    this.#run(
      "INSERT INTO message (seq, route, size, first_seen, upload, checksum, metadata, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      [mail, route, size, firstSeen, upload === null ? null : mail, checksum, metadata, body],
    );
    if (shared !== null) this.#run("INSERT INTO shared VALUES (?, 0, 0)", [mail]);
    if (upload === null) return;
    // Raises the next upload number above those in use.
    this.#run("INSERT INTO upload (id, touched) VALUES (?, 0)", [mail]);
    this.#run("DELETE FROM upload WHERE id = ?", [mail]);
    let index = 0;
    for (const bytes of pieces) {
      if (bytes === undefined) continue;
      this.#run("INSERT INTO piece (id, bytes, checksum) VALUES (?, ?, ?)", [
        pieceId(mail, index),
        bytes,
        checksumOf(bytes),
      ]);
      index += 1;
    }
  }

  #routeId(name: string): number {
    const known = this.#routes.get(name);
    if (known !== undefined) return known;
    const { lastInsertRowid } = this.#run("INSERT INTO route (name) VALUES (?)", [name]);
    this.#routes.set(name, Number(lastInsertRowid));
    return Number(lastInsertRowid);
  }

  #run(
    sql: string,
    values: readonly (null | number | string | Uint8Array)[],
  ): { readonly lastInsertRowid: number | bigint } {
    return this.#database.prepare(sql).run(...values);
  }
}

const counting = `
  UPDATE route SET ready = c.ready, delayed = c.delayed, held = c.held, bytes = c.bytes, next_due = c.next_due
  FROM (
    SELECT route, sum(state = ${State.ready}) AS ready, sum(state = ${State.delayed}) AS delayed,
      sum(state = ${State.held}) AS held, sum(size) AS bytes,
      min(CASE WHEN state IN (0, 2) THEN due END) AS next_due
    FROM schedule GROUP BY route
  ) c WHERE c.route = route.id;
  UPDATE route SET dead = c.dead
  FROM (SELECT route, count(*) AS dead FROM dead GROUP BY route) c WHERE c.route = route.id;
  UPDATE shared SET live = c.live
  FROM (SELECT mail, count(*) AS live FROM schedule GROUP BY mail) c WHERE c.mail = shared.mail;
  UPDATE shared SET dead = c.dead
  FROM (SELECT mail, count(*) AS dead FROM dead GROUP BY mail) c WHERE c.mail = shared.mail;
  UPDATE ledger SET
    messages = (SELECT count(*) FROM schedule) + (SELECT count(*) FROM dead),
    bytes = (SELECT coalesce(sum(size), 0) FROM message
      WHERE seq IN (SELECT coalesce(mail, seq) FROM schedule));
`;

function inUse(file: string): QueueError {
  return new QueueError(
    "queue-unavailable",
    `another process has ${file} open. Stop relays and workers first`,
  );
}

/** Whether a process has locked the file, as every process does that has the queue open. False if the system does not report locks. */
function isInUse(file: string): boolean {
  const { dev, ino } = statSync(file);
  const major = ((dev >> 8) & 0xf_ff).toString(16).padStart(2, "0");
  const minor = ((dev & 0xff) | ((dev >> 12) & 0xf_ff_00)).toString(16).padStart(2, "0");
  try {
    return readFileSync("/proc/locks", "latin1").includes(` ${major}:${minor}:${ino} `);
  } catch {
    return false;
  }
}

/** A text that changes whenever a queue writes to its files. */
function stampOf(file: string): string {
  return ["", "-wal", "-mark"]
    .map((end) => {
      const found = statSync(`${file}${end}`, { throwIfNoEntry: false, bigint: true });
      return found === undefined ? "none" : `${found.ino} ${found.size} ${found.mtimeNs}`;
    })
    .join(", ");
}
