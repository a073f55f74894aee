import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { openSqlite } from "@mailseal/sqlite";
import type { MessageState } from "../contract.ts";
import { quickCheck } from "../embedded/file/file-check.ts";
import { lossLine, lossOf, progress, recordedLosses } from "../embedded/file/losses.ts";
import { readMark } from "../embedded/file/mark-file.ts";
import { failureOf } from "../embedded/file/sqlite-code.ts";
import { DamageFound, damageOf, missing, Unreadable } from "../embedded/file/unreadable.ts";
import { Inspector } from "../embedded/store/inspect.ts";
import { QueueError } from "../errors.ts";
import type { LostMessage } from "./salvage.ts";

/** The result of `checkQueue`. */
export interface QueueCheck {
  /** The number of messages that can be read completely. */
  readonly readable: number;
  readonly byState: Readonly<Record<MessageState, number>>;
  readonly unreadable: readonly LostMessage[];
  /** The problems of the file, and mail that is missing from it, one line each; empty if the file is sound. */
  readonly findings: readonly string[];
}

/**
 * Reads a whole queue file in its state at one moment, and changes nothing; the queue may be in use. Rejects with
 * "bad-option" if there is no such file, or with "queue-corrupt" if it is not a queue or cannot be opened.
 *
 * ```ts
 * const { readable, findings } = await checkQueue("/var/lib/mailseal/queue.db");
 * for (const finding of findings) console.error(finding);
 * ```
 */
export async function checkQueue(file: string): Promise<QueueCheck> {
  if (!existsSync(file)) {
    throw new QueueError("bad-option", `there is no queue file ${file}`);
  }
  // Read before the database is, because the queue may continue to commit.
  const mark = readMark(file);
  let database: DatabaseSync | undefined;
  try {
    database = openSqlite(file, {
      neededBy: "the queue",
      access: "read-only",
      busyTimeoutMs: 10_000,
    });
    database.exec("BEGIN");
    const now = progress(database);
    const loss = mark && lossOf(now, mark, file);
    const recorded = recordedLosses(database).map(lossLine);
    const found = readAll(database, file, now.tag);
    const findings = [...recorded, ...(loss === undefined ? [] : [loss.text])];
    return { ...found, findings: [...findings, ...found.findings] };
  } catch (error) {
    const { code, message } = failureOf(error, file);
    const checked = code === "queue-unavailable" ? "queue-corrupt" : code;
    throw new QueueError(checked, message, { cause: error });
  } finally {
    database?.close();
  }
}

function readAll(database: DatabaseSync, file: string, tag: string): QueueCheck {
  const findings = [...quickCheck(database, "100")];
  const inspector = new Inspector(database, file, new Unreadable());
  const byState = { ready: 0, leased: 0, delayed: 0, held: 0, dead: 0 };
  const unreadable: LostMessage[] = [];
  let readable = 0;
  for (const state of [undefined, "dead"] as const) {
    try {
      for (const row of rowsOf(inspector, state)) {
        const reason = damageIn(inspector, row.seq);
        if (reason === undefined) {
          readable += 1;
          byState[row.state] += 1;
        } else {
          const { route, sizeBytes } = row;
          unreadable.push({ id: `${tag}-${row.seq.toString(36)}`, route, sizeBytes, reason });
        }
      }
    } catch (error) {
      const damage = damageOf(error);
      if (damage === undefined) throw error;
      findings.push(`only ${readable} messages could be listed: ${damage}`);
    }
  }
  if (unreadable.length > 0) findings.push(`${unreadable.length} messages cannot be read`);
  return { readable, byState, unreadable, findings };
}

function* rowsOf(
  inspector: Inspector,
  state: MessageState | undefined,
): Generator<ReturnType<Inspector["list"]>["rows"][number], void, void> {
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page: ReturnType<Inspector["list"]> = inspector.list({
      kind: "list",
      state,
      route: undefined,
      limit: 500,
      after,
    });
    yield* page.rows;
    after = page.next;
  }
}

function damageIn(inspector: Inspector, seq: number): string | undefined {
  try {
    for (let index = 0; ; index += 1) {
      const piece = inspector.read(seq, index);
      if (piece === undefined) return missing;
      if (piece.last) return undefined;
    }
  } catch (error) {
    if (error instanceof DamageFound) return error.message;
    throw error;
  }
}
