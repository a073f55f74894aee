import { existsSync } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { CommandFailure, exitCode } from "../exit-code.ts";

/**
 * Writes a private key with mode 0600, completely or not at all: the file gets its name only after it is complete on disk.
 * With "keep", an existing file is never changed, not even in a race.
 */
export async function writeSecret(
  file: string,
  content: string,
  existing: "keep" | "overwrite",
): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  try {
    const { makeFolders } = await import("@mailseal/rotation");
    await makeFolders(dirname(file), 0o700);
    await using handle = await open(draft, "wx", 0o600);
    await handle.writeFile(content);
    await handle.sync();
    await (existing === "overwrite" ? rename(draft, file) : link(draft, file));
  } catch (error) {
    throw cannotWrite(file, error);
  } finally {
    // A failure to remove the draft must not hide the first error.
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

const meanings: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EEXIST", "a part of the path is not a directory"],
  ["ENOENT", "no directory can be created there"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["ENOSPC", "no space left on device"],
]);

function cannotWrite(file: string, error: unknown): CommandFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code === "EEXIST" && existsSync(file)
    ? new CommandFailure(
        exitCode.no,
        `${file} exists already and was not changed; choose another selector, or overwrite it with --force`,
      )
    : new CommandFailure(
        exitCode.unreadable,
        `cannot write ${file}: ${meanings.get(code) ?? (code || "writing failed")}`,
      );
}
