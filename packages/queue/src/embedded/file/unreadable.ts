import { SqliteCode, sqliteCodeOf } from "./sqlite-code.ts";

/** Thrown if a message is in a page that cannot be read. The message has been recorded; the caller starts over without it. */
export class DamageFound extends Error {}

export const missing = "its envelope and body are missing";
export const changed = "its checksum is wrong";

/** The unreadable bodies that this process has found, by message number. */
export class Unreadable {
  readonly #reasons = new Map<number, string>();

  reasonOf(mail: number): string | undefined {
    return this.#reasons.get(mail);
  }

  note(mail: number, reason: string): void {
    this.#reasons.set(mail, `cannot be read from the queue's file: ${reason}`);
  }

  /** Records the message and throws `DamageFound`. */
  fail(mail: number, reason: string): never {
    this.note(mail, reason);
    throw new DamageFound(reason);
  }

  /** Throws `DamageFound` if `act`, which touches no other message, meets a damaged page. */
  guard<Value>(mail: number, act: () => Value): Value {
    try {
      return act();
    } catch (error) {
      const reason = damageOf(error);
      if (reason === undefined) throw error;
      return this.fail(mail, reason);
    }
  }
}

/** The reason that an error gives for a damaged page; undefined for any other error. */
export function damageOf(error: unknown): string | undefined {
  const isDamage =
    sqliteCodeOf(error) === SqliteCode.corrupt ||
    (error instanceof Error && "errcode" in error && readErrors.has(Number(error.errcode)));
  return isDamage && error instanceof Error ? error.message : undefined;
}

/** SQLite's extended codes for a sector that cannot be read and a file that ends too soon. */
const readErrors: ReadonlySet<number> = new Set([266, 522]);
