import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";

/** A package.json, as far as the metadata is concerned. */
export interface PackageMetadata {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly description?: unknown;
  readonly keywords?: unknown;
  readonly homepage?: unknown;
  readonly bugs?: unknown;
  readonly license?: unknown;
  readonly author?: unknown;
  readonly repository?: unknown;
  readonly publishConfig?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface RootMetadata {
  readonly license: string;
  readonly author: string;
  readonly repository: { readonly type: string; readonly url: string };
}

/** The package.json of the workspace: the one place with the address of the repository. */
export const rootMetadata: RootMetadata = JSON.parse(
  readFileSync(join(repositoryRoot, "package.json"), "utf8"),
) as RootMetadata;

/** The address of the repository for a reader, such as https://github.com/OWNER/NAME. */
export const repositoryPage: string = rootMetadata.repository.url
  .replace(/^git\+/, "")
  .replace(/\.git$/, "");

/** The fields that a published package gets from the workspace and from its folder (absolute). */
export function derivedMetadata(directory: string): PackageMetadata {
  const folder = relative(repositoryRoot, directory).replaceAll("\\", "/");
  const { license, author, repository } = rootMetadata;
  return {
    homepage: `${repositoryPage}/tree/main/${folder}#readme`,
    bugs: `${repositoryPage}/issues`,
    license,
    author,
    repository: { ...repository, directory: folder },
    publishConfig: { access: "public", provenance: true },
  };
}

/** Direct use of members that the package does not promise: a later minor version may break it. */
const tildes: ReadonlySet<string> = new Set(["smtp-server"]);

/**
 * What keeps npm from publishing this package with provenance, or its users from one copy of what it needs; a line each.
 * npm refuses a provenance statement whose repository differs from that of the package.json, and compares them as text.
 * `manifest` is the packed one, in which the package manager has replaced its own protocols.
 */
export function releaseProblems(manifest: PackageMetadata, repositoryUrl: string): string[] {
  const { version, repository, publishConfig, peerDependencies = {} } = manifest;
  const { url, directory } = (repository ?? {}) as Readonly<Record<string, unknown>>;
  const { access, provenance } = (publishConfig ?? {}) as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  if (!/^\d+\.\d+\.\d+$/.test(String(version))) problems.push(`version: ${String(version)}`);
  if (url !== repositoryUrl) problems.push(`repository.url: ${String(url)}`);
  if (typeof directory !== "string" || directory === "") problems.push("repository.directory");
  if (access !== "public") problems.push(`publishConfig.access: ${String(access)}`);
  if (provenance !== true) problems.push(`publishConfig.provenance: ${String(provenance)}`);
  const needed = { ...manifest.dependencies, ...manifest.optionalDependencies };
  for (const [name, range] of Object.entries({ ...needed, ...peerDependencies })) {
    const floating = Object.hasOwn(peerDependencies, name)
      ? /^(?:\^|>=)\d/
      : tildes.has(name)
        ? /^~\d/
        : /^\^\d/;
    if (!floating.test(range)) problems.push(`${name}: ${range}`);
  }
  return problems;
}
