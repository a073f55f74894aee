import { CommandFailure, exitCode } from "../exit-code.ts";

/**
 * Writes a private key with mode 0600, completely or not at all. With "keep", an existing file is never changed, not even
 * in a race. Throws a `CommandFailure`.
 */
export async function writeSecret(
  file: string,
  content: string,
  existing: "keep" | "replace",
): Promise<void> {
  const { writeDurably } = await import("@mailseal/rotation");
  const result = await writeDurably(file, content, { mode: 0o600, existing }).catch(
    (error: unknown) => {
      throw cannotWrite(file, error);
    },
  );
  if (result === "written") return;
  throw new CommandFailure(
    exitCode.no,
    `${file} exists already and was not changed; choose another selector, or overwrite it with --force`,
  );
}

const meanings: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EEXIST", "a part of the path is not a directory"],
  ["EISDIR", "it is a directory"],
  ["ENOENT", "no directory can be created there"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["ENOSPC", "no space left on device"],
  ["EROFS", "the file system is read-only"],
]);

/** Turns an error of a system call that writes a file into a `CommandFailure`. */
export function cannotWrite(file: string, error: unknown): CommandFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = meanings.get(code) ?? (code || "writing failed");
  return new CommandFailure(exitCode.unreadable, `cannot write ${file}: ${reason}`);
}
