import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The parts of a package.json that matter for the floors. */
interface PackageManifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface SourceFile {
  /** Relative to the root of the tree, with slashes. */
  readonly path: string;
  /** Relative to the package's src folder. */
  readonly inSource: string;
  readonly text: string;
}

export interface PackageFiles {
  /** Its folder, such as "packages/syntax" or "apps/cli". */
  readonly directory: string;
  readonly manifest: PackageManifest;
  readonly manifestText: string;
  readonly sources: readonly SourceFile[];
}

/** Reads the manifest and the sources (src and, for an app, bin) of every package and app of the tree. */
export function readPackages(root: string): readonly PackageFiles[] {
  return globSync(["packages/*", "apps/*"], { cwd: root })
    .map((directory) => directory.replaceAll("\\", "/"))
    .filter((directory) => existsSync(join(root, directory, "package.json")))
    .toSorted()
    .map((directory) => readPackage(root, directory));
}

function readPackage(root: string, directory: string): PackageFiles {
  const manifestText = readFileSync(join(root, directory, "package.json"), "utf8");
  const sources = globSync("{src,bin}/**/*.{ts,mts,cts,js,mjs,cjs}", {
    cwd: join(root, directory),
  })
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted()
    .map((file) => ({
      path: `${directory}/${file}`,
      inSource: file.replace(/^src\//, ""),
      text: readFileSync(join(root, directory, file), "utf8"),
    }));
  const manifest = JSON.parse(manifestText) as PackageManifest;
  return { directory, manifest, manifestText, sources };
}
