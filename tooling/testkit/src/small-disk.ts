import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, expect, onTestFinished } from "vitest";

/**
 * A small file system of its own, which is removed after the test or after all tests of the file. Undefined if this
 * machine does not allow mounting, which fails in CI.
 */
export function smallDisk(sizeBytes: number, removedAfter: "test" | "file"): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-disk-"));
  try {
    const options = ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", directory];
    execFileSync("mount", options, { stdio: "ignore" });
  } catch {
    rmSync(directory, { recursive: true });
    expect(process.env["CI"], "mounting a small disk needs root").toBeUndefined();
    return undefined;
  }
  const remove = (): void => {
    execFileSync("umount", ["-l", directory]);
    rmSync(directory, { recursive: true, force: true });
  };
  if (removedAfter === "test") onTestFinished(remove);
  else afterAll(remove);
  return directory;
}

/** Fills a small disk until `leftBytes` are free; returns the file to remove in order to free them again. */
export function fillDisk(directory: string, leftBytes: number): string {
  const { bavail, bsize } = statfsSync(directory);
  const ballast = join(directory, "ballast");
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - leftBytes));
  return ballast;
}
