import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { runOrThrow } from "./commands.ts";

const builder = join(repositoryRoot, "tooling/packaging/src/package-deb.ts");

/**
 * Builds the Debian package from the programs as they are built in the workspace, in a new temporary directory; returns its
 * path. If `$MAILSEAL_DEB` names a package, that one is used instead.
 */
export function debianPackage(): string {
  const chosen = process.env["MAILSEAL_DEB"];
  if (chosen !== undefined && chosen !== "") return chosen;
  const directory = mkdtempSync(join(tmpdir(), "mailseal-package-"));
  const options = ["--output", directory, "--compression", "gzip"];
  runOrThrow(process.execPath, [builder, ...options], { limitMs: 600_000 });
  const file = readdirSync(directory).find((name) => /^mailseal_.*\.deb$/.test(name));
  if (file === undefined) throw new Error(`${builder} wrote no package to ${directory}`);
  return join(directory, file);
}
