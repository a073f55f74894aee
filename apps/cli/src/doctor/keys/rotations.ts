import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "@mailseal/config";
import type { RotationState } from "@mailseal/rotation";

/** Where `mailseal rotate` keeps its state by default. */
const defaultJournal = "/var/lib/mailseal/rotation.db";

/** Every rotation in the journal of this machine; none if there is no journal. */
export async function rotationsOf({ rotation }: Config): Promise<readonly RotationState[]> {
  const file = rotation?.journal ?? defaultJournal;
  // A copy, because opening the journal as root would leave files of root beside it, which keep the worker from it.
  const folder = await mkdtemp(join(tmpdir(), "mailseal-doctor-"));
  try {
    const copy = join(folder, "rotation.db");
    const isThere = await copyFile(file, copy).then(
      () => true,
      () => false,
    );
    if (!isThere) return [];
    await copyFile(`${file}-wal`, `${copy}-wal`).catch(() => undefined);
    const { Journal } = await import("@mailseal/rotation");
    const journal = new Journal(copy);
    try {
      return journal.rotations();
    } finally {
      journal.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
