import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";

/** The parts of a package.json that matter for a release. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A published package: every package in packages/ and apps/ that is not private. */
export interface Publishable {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  readonly manifest: Manifest;
  /** The sorted names of the Mailseal packages that it needs at run time, directly or indirectly. */
  readonly needs: readonly string[];
  /** Its entry points: its name and its subpaths, without JSON files. */
  readonly entryPoints: readonly string[];
  /** The names of its peer dependencies. */
  readonly peers: readonly string[];
}

/** The publishable packages of a tree, by default of this repository. */
export function publishablePackages(root: string = repositoryRoot): readonly Publishable[] {
  const found = globSync(["packages/*", "apps/*"], { cwd: root })
    .map((directory) => join(root, directory))
    .filter((directory) => existsSync(join(directory, "package.json")))
    .map((directory) => ({ directory, manifest: readManifestIn(directory) }))
    .filter(({ manifest }) => manifest.private !== true);
  const byName = new Map(found.map(({ manifest }) => [manifest.name, manifest]));
  return found
    .map(({ directory, manifest }) => ({
      name: manifest.name,
      directory,
      manifest,
      needs: familyOf(manifest, byName),
      entryPoints: Object.keys(manifest.exports ?? {})
        .filter((subpath) => !subpath.endsWith(".json"))
        .map((subpath) => manifest.name + subpath.slice(1)),
      peers: Object.keys(manifest.peerDependencies ?? {}),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readManifestIn(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}

function familyOf(manifest: Manifest, byName: ReadonlyMap<string, Manifest>): readonly string[] {
  const needed = new Set<string>();
  const unvisited = [manifest];
  for (let at = unvisited.pop(); at !== undefined; at = unvisited.pop()) {
    for (const name of Object.keys(at.dependencies ?? {})) {
      const dependency = byName.get(name);
      if (dependency === undefined || needed.has(name)) continue;
      needed.add(name);
      unvisited.push(dependency);
    }
  }
  return [...needed].toSorted();
}
