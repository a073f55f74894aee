import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { CommandFailure, exitCode } from "./exit-code.ts";

/**
 * Writes a private key with mode 0600, whole or not at all: it is complete on disk under another
 * name before it takes its own. With "keep" an existing file is never touched, not even in a race.
 */
export async function writeSecret(
  file: string,
  content: string,
  existing: "keep" | "overwrite",
): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await using handle = await open(draft, "wx", 0o600);
    await handle.writeFile(content);
    await handle.sync();
    await (existing === "overwrite" ? rename(draft, file) : link(draft, file));
  } catch (error) {
    throw cannotWrite(file, error);
  } finally {
    await rm(draft, { force: true });
  }
}

function cannotWrite(file: string, error: unknown): CommandFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code === "EEXIST"
    ? new CommandFailure(
        exitCode.no,
        `${file} exists already and was kept: choose another selector, or --force to overwrite it`,
      )
    : new CommandFailure(exitCode.unreadable, `cannot write ${file}: ${code || "writing failed"}`);
}
