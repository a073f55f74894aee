import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** What npm installs for some packages: the packages, and the bytes of their files. */
export interface Installed {
  readonly packages: number;
  readonly bytes: number;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Counts the packages and all that they depend on, as found from a directory in node_modules. Of a package of this repository
 * the published files count. Optional and peer dependencies do not.
 */
export function installed(packages: readonly string[], from: string): Installed {
  const seen = new Map<string, number>();
  const visit = (name: string, user: string): void => {
    const directory = directoryOf(name, user);
    const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
    const id = `${manifest.name}@${manifest.version}`;
    if (seen.has(id)) return;
    seen.set(id, bytesOf(directory, manifest));
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, directory);
  };
  for (const name of packages) visit(name, from);
  return { packages: seen.size, bytes: [...seen.values()].reduce((sum, size) => sum + size, 0) };
}

/** As Node looks for it: in node_modules of this folder, then of those above. */
function directoryOf(name: string, user: string): string {
  for (let folder = user; ; folder = dirname(folder)) {
    const directory = join(folder, "node_modules", name);
    if (existsSync(join(directory, "package.json"))) return realpathSync(directory);
    if (folder === dirname(folder)) throw new Error(`expected ${name} to be installed for ${user}`);
  }
}

const always = /^(?:package\.json|readme(?:\..*)?|licen[cs]e(?:\..*)?)$/i;

function bytesOf(directory: string, { files }: Manifest): number {
  const isInstalled = directory.includes(`${join("/", "node_modules", "/")}`);
  return readdirSync(directory)
    .filter((name) => isInstalled || always.test(name) || (files ?? []).includes(name))
    .reduce((sum, name) => sum + sizeOf(join(directory, name), name), 0);
}

function sizeOf(path: string, name: string): number {
  if (name === "node_modules") return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, entry) => sum + sizeOf(join(path, entry), entry), 0);
}
