import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory that is removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-service-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A file in a directory that is removed after the test. */
export function writeFile(content: string, mode: number): string {
  const file = join(temporaryDirectory(), "file");
  writeFileSync(file, content, { mode });
  return file;
}
