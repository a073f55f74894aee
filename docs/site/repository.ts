import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";

/** The text of a file of the repository. */
export function readRepository(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly repository?: { readonly url: string };
  readonly exports?: Readonly<Record<string, unknown>>;
}

/** The package.json in a folder of the repository. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readRepository(`${folder}/package.json`)) as Manifest;
}

/** The address of a file, or of a folder, in the web view of the repository. */
export function repositoryUrl(path: string): string {
  const { repository } = readManifest("packages/verifier");
  const url = (repository?.url ?? "").replace(/^git\+/, "").replace(/\.git$/, "");
  return `${url}/blob/main/${path}`;
}
