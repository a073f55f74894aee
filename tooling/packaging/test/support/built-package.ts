import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { TestProject } from "vitest/node";
import { buildPackage } from "../../src/debian/build-package.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The path of the Debian package that all tests of a run share; "" where none can be built. */
    readonly debianPackage: string;
  }
}

/** Builds the package once, before all tests. */
export default async function setup(project: TestProject): Promise<() => void> {
  const missing = missingTools();
  if (missing.length > 0) {
    const notice = `there is no ${missing.join(", no ")}: apt-get install dpkg-dev binutils`;
    if (process.env["CI"] !== undefined) throw new Error(notice);
    console.warn(`skipped: ${notice}`);
    project.provide("debianPackage", "");
    return () => undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "mailseal-package-"));
  const { path } = await buildPackage(folder, "gzip");
  project.provide("debianPackage", path);
  return () => rmSync(folder, { recursive: true, force: true });
}

function missingTools(): readonly string[] {
  return ["dpkg-deb", "dpkg-shlibdeps", "strip"].filter(
    (tool) => spawnSync(tool, ["--version"], { stdio: "ignore" }).status !== 0,
  );
}
