import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A file in a directory that is gone after the test. */
export function writeFile(content: string, mode: number): string {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-service-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "file");
  writeFileSync(file, content, { mode });
  return file;
}
