import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./commands.ts";
import { packTarball } from "./empty-project.ts";
import { publishablePackages } from "./publishable.ts";

const programs = fileURLToPath(new URL("../programs", import.meta.url));

/**
 * Makes a project in an empty directory: packages as they would be published, with all that they depend on,
 * installed by npm; and the programs that use them.
 */
export async function installLibraries(directory: string, names: readonly string[]): Promise<void> {
  const all = publishablePackages();
  const asked = all.filter(({ name }) => names.includes(name));
  const needed = new Set([...names, ...asked.flatMap(({ needs }) => needs)]);
  const tarballs = join(directory, ".tarballs");
  await mkdir(tarballs, { recursive: true });
  const dependencies = await Promise.all(
    all
      .filter(({ name }) => needed.has(name))
      .map(async (packed) => [packed.name, `file:${await packTarball(packed, tarballs)}`]),
  );
  const manifest = {
    private: true,
    type: "module",
    dependencies: Object.fromEntries(dependencies) as Readonly<Record<string, string>>,
  };
  await writeFile(join(directory, "package.json"), JSON.stringify(manifest));
  await Promise.all(
    (await readdir(programs)).map((name) => cp(join(programs, name), join(directory, name))),
  );
  await npm(["install", "--prefer-offline"], directory);
}
