import type { Config } from "@mailseal/config";
import type { RotationState } from "@mailseal/rotation";
import type { DatabaseCopies } from "./database-copies.ts";

/** Where `mailseal rotate` keeps its state by default. */
const defaultJournal = "/var/lib/mailseal/rotation.db";

/** Every rotation in the journal of this machine; none if there is no journal. */
export async function rotationsOf(
  { rotation }: Config,
  copies: DatabaseCopies,
): Promise<readonly RotationState[]> {
  const copy = await copies.copy(rotation?.journal ?? defaultJournal);
  if (copy === undefined) return [];
  const { Journal } = await import("@mailseal/rotation");
  const journal = new Journal(copy);
  try {
    return journal.rotations();
  } finally {
    journal.close();
  }
}
