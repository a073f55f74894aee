import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { run, workspaceProgram } from "./commands.ts";
import { publishablePackages } from "./publishable.ts";

const author = [
  "user.name=Mailseal",
  "user.email=tests@example.com",
  "commit.gpgSign=false",
].flatMap((setting) => ["-c", setting]);

/**
 * Copies the working tree (what git tracks or would track) into a directory and commits it there, with
 * every publishable package at `version` and no changeset waiting: the repository just after a release.
 * It is a copy instead of a clone, because the current tree is to be checked. It has no link to the node_modules of
 * this workspace, which a package manager started in the copy would rewrite.
 */
export async function copyRepository(directory: string, version: string): Promise<void> {
  const listed = await run(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    repositoryRoot,
  );
  const files = listed.split("\0").filter((file) => file !== "");
  for (const file of new Set(files)) {
    // One at a time, because thousands of open files are too many.
    await cp(join(repositoryRoot, file), join(directory, file)).catch(ignoreDeletedFile);
  }
  const waiting = (await readdir(join(directory, ".changeset"))).filter((name) =>
    name.endsWith(".md"),
  );
  await Promise.all(waiting.map((name) => rm(join(directory, ".changeset", name))));
  await Promise.all(
    publishablePackages(directory).map(async (released) => {
      const manifest = join(released.directory, "package.json");
      const text = await readFile(manifest, "utf8");
      await writeFile(manifest, text.replace(/"version": "[^"]*"/, `"version": "${version}"`));
    }),
  );
  await keepToVersions(join(directory, ".changeset", "config.json"));
  await run("git", ["init", "--quiet", "--initial-branch=main"], directory);
  await run("git", ["add", "--all"], directory);
  await run("git", [...author, "commit", "--quiet", "--message=Released"], directory);
}

/**
 * Writes one changeset, runs `changeset version` and resolves to the new version of every package whose
 * package.json was changed, including private ones. Then it restores the repository.
 */
export async function bumpedVersions(
  directory: string,
  changed: string,
  bump: "major" | "minor" | "patch",
): Promise<Readonly<Record<string, string>>> {
  const changeset = join(directory, ".changeset", "scratch.md");
  await writeFile(changeset, `---\n"${changed}": ${bump}\n---\n\nA change.\n`);
  await run(workspaceProgram("changeset"), ["version"], directory);
  const touched = await run("git", ["diff", "--name-only", "--", "*package.json"], directory);
  const manifests = await Promise.all(
    touched
      .trim()
      .split("\n")
      .map(async (file) => {
        const text = await readFile(join(directory, file), "utf8");
        return JSON.parse(text) as { readonly name: string; readonly version: string };
      }),
  );
  await run("git", ["reset", "--quiet", "--hard"], directory);
  await run("git", ["clean", "--quiet", "-d", "--force"], directory);
  return Object.fromEntries(manifests.map(({ name, version }) => [name, version]));
}

/**
 * Disables changelogs and formatting: the first needs node_modules, and the second starts `pnpm exec`, which
 * installs missing packages.
 */
async function keepToVersions(configFile: string): Promise<void> {
  const config = JSON.parse(await readFile(configFile, "utf8")) as Readonly<
    Record<string, unknown>
  >;
  await writeFile(configFile, JSON.stringify({ ...config, changelog: false, format: false }));
}

function ignoreDeletedFile(error: NodeJS.ErrnoException): void {
  // Git still lists tracked files whose deletion is not committed.
  if (error.code !== "ENOENT") throw error;
}
