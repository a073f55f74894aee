import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { nodeRuntime } from "../node-runtime.ts";
import { workspace } from "../workspace.ts";
import { controlFile } from "./control.ts";
import { debianFolder, writePackageTree } from "./package-tree.ts";
import { packageVersion } from "./version.ts";

/** xz makes the smallest package; gzip, at its lowest level, is built in a tenth of the time, for tests. */
export type Compression = "xz" | "gzip";

export interface BuiltPackage {
  /** The absolute path of the .deb. */
  readonly path: string;
  /** The size of its files. */
  readonly installedBytes: number;
}

const maintainerScripts = ["postinst", "prerm", "postrm"] as const;

/**
 * Builds `mailseal_VERSION_ARCHITECTURE.deb` in a folder from the built workspace. The same input gives the same bytes:
 * all times are `SOURCE_DATE_EPOCH`, or else that of the last commit. Needs dpkg-deb, strip and git.
 */
export async function buildPackage(
  to: string,
  compression: Compression = "xz",
): Promise<BuiltPackage> {
  const runtime = nodeRuntime();
  const epoch = sourceDateEpoch();
  const scratch = mkdtempSync(join(tmpdir(), "mailseal-deb-"));
  try {
    const root = join(scratch, "root");
    mkdirSync(root);
    await writePackageTree(root, runtime, new Date(epoch * 1000));
    const installedBytes = sizeOf(root);
    writeControl(root, controlFile(runtime.architecture, Math.ceil(installedBytes / 1024)));
    settleModes(root);
    mkdirSync(to, { recursive: true });
    // Whoever builds a package wants this one.
    for (const old of globSync("mailseal_*.deb", { cwd: to })) rmSync(join(to, old));
    const path = join(to, `mailseal_${packageVersion()}_${runtime.architecture}.deb`);
    const level = compression === "gzip" ? ["-z1"] : [];
    const args = ["--root-owner-group", `-Z${compression}`, ...level, "--build", root, path];
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(epoch) };
    execFileSync("dpkg-deb", args, { env, stdio: "pipe" });
    return { path, installedBytes };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The time of the package, in seconds. Throws if neither the environment nor git knows it. */
export function sourceDateEpoch(): number {
  const given = process.env["SOURCE_DATE_EPOCH"];
  const text =
    given ??
    execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: workspace, encoding: "utf8" });
  const epoch = Number(text);
  if (!Number.isSafeInteger(epoch) || epoch <= 0) {
    throw new Error(
      `expected SOURCE_DATE_EPOCH to be a number of seconds, got ${JSON.stringify(given)}`,
    );
  }
  return epoch;
}

function writeControl(root: string, control: string): void {
  const folder = join(root, "DEBIAN");
  const sums = filesIn(root).map((file) => {
    const sum = createHash("md5").update(readFileSync(file)).digest("hex");
    return `${sum}  ${relative(root, file)}\n`;
  });
  mkdirSync(folder);
  writeFileSync(join(folder, "control"), control);
  writeFileSync(join(folder, "md5sums"), sums.join(""));
  writeFileSync(join(folder, "conffiles"), "/etc/mailseal/mailseal.yaml\n");
  writeFileSync(join(folder, "triggers"), readFileSync(join(debianFolder, "triggers")));
  for (const name of maintainerScripts) {
    writeFileSync(join(folder, name), readFileSync(join(debianFolder, name)), { mode: 0o755 });
  }
}

/** The regular files below a folder, in the order of their paths. */
function filesIn(root: string): readonly string[] {
  return globSync("**", { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function sizeOf(root: string): number {
  return filesIn(root).reduce((sum, file) => sum + statSync(file).size, 0);
}

/** The modes of the workspace and the umask of the build stay outside. */
function settleModes(root: string): void {
  chmodSync(root, 0o755);
  for (const entry of globSync("**", { cwd: root, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
