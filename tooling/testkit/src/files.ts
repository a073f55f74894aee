import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, onTestFinished } from "vitest";

/** A directory that is removed after the test, or after all tests of the file. */
export function temporaryDirectory(removedAfter: "test" | "file"): string {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-test-"));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  if (removedAfter === "test") onTestFinished(remove);
  else afterAll(remove, 60_000);
  return directory;
}

/** Writes a file, makes its folders, and returns its path. */
export function writeTestFile(
  directory: string,
  name: string,
  content: string,
  mode = 0o600,
): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}
