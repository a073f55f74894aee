import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";

/** A package.json as far as a release is concerned. */
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

/** A package that goes to the registry: every one in packages/ and apps/ that is not private. */
export interface Publishable {
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  readonly manifest: Manifest;
  /** The packages of the family it needs at run time, directly or not, without itself; sorted. */
  readonly needs: readonly string[];
  /** What may be imported from it: its name and its subpaths, JSON files left out. */
  readonly entryPoints: readonly string[];
  /** What a user installs beside it, for some of its entry points: names. */
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
