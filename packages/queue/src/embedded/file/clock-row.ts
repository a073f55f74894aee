import type { DatabaseSync } from "node:sqlite";
import { stepMs } from "../../monotonic-clock.ts";
import { type Anchor, anchorFor, type ClockReading } from "../queue-clock.ts";
import { beginWriting } from "./open-database.ts";

/** The most time that the file's clock may lose if the wall clock has been set back before a boot. */
const noteMs = 60_000;

/** The anchor of the file's clock. Writes a new one if the file has none from this boot. */
export function anchoredClock(
  database: DatabaseSync,
  reading: ClockReading,
  busyTimeoutMs: number,
): Anchor {
  beginWriting(database, busyTimeoutMs);
  try {
    const kept = keptAnchor(database);
    const anchor = anchorFor(kept, reading);
    if (anchor !== kept) keepAnchor(database, anchor);
    database.exec("COMMIT");
    return anchor;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Records the clocks for the next boot: once a minute, and when the wall clock has been set. */
export function noteClock(database: DatabaseSync, nowMs: number, aheadMs: number): void {
  const kept = keptAnchor(database);
  if (kept === undefined) return;
  const wasSet = Math.abs(aheadMs - kept.aheadMs) >= stepMs;
  if (wasSet || nowMs - kept.lastMs >= noteMs) {
    keepAnchor(database, { ...kept, aheadMs, lastMs: Math.max(nowMs, kept.lastMs) });
  }
}

function keptAnchor(database: DatabaseSync): Anchor | undefined {
  const value = database.prepare("SELECT value FROM setting WHERE name = 'clock'").get()?.["value"];
  return typeof value === "string" ? (JSON.parse(value) as Anchor) : undefined;
}

function keepAnchor(database: DatabaseSync, anchor: Anchor): void {
  database
    .prepare("INSERT OR REPLACE INTO setting VALUES ('clock', ?)")
    .run(JSON.stringify(anchor));
}
