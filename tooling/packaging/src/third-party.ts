import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Manifest, readManifest } from "./workspace.ts";

/** A package of somebody else of which a bundle has parts, and its licence. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** The SPDX expression in its package.json. */
  readonly license: string;
  readonly author: string;
  /** The licence as the package has it; undefined if it has only the name. */
  readonly text: string | undefined;
}

/** The packages to which modules (absolute paths) belong, apart from those of the workspace, by name and version. */
export function thirdPartiesOf(modules: readonly string[]): readonly ThirdParty[] {
  const folders = new Set(
    modules
      // The bundler's own modules begin with NUL.
      .filter((module) => module.includes("/node_modules/") && !module.startsWith("\0"))
      .map(folderOf),
  );
  const found = new Map<string, ThirdParty>();
  for (const folder of folders) {
    const third = thirdPartyIn(folder);
    found.set(`${third.name} ${third.version}`, third);
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, third]) => third);
}

/** The package in a folder. Throws if its package.json names no licence. */
export function thirdPartyIn(folder: string): ThirdParty {
  const { name, version, license, author } = readManifest(folder);
  if (license === undefined) {
    throw new Error(`${folder}/package.json: expected a licence, got none; look for it by hand`);
  }
  return { name, version, license, author: nameOf(author), text: licenseTextIn(folder) };
}

/** A package may have further package.json files in it, which have no name or no version. */
function folderOf(module: string): string {
  for (let folder = dirname(module); folder !== dirname(folder); folder = dirname(folder)) {
    if (!existsSync(join(folder, "package.json"))) continue;
    const { name, version } = readManifest(folder) as Partial<Manifest>;
    if (name !== undefined && version !== undefined) return folder;
  }
  throw new Error(`${module} belongs to no package`);
}

function nameOf(author: Manifest["author"]): string {
  const text = typeof author === "string" ? author : (author?.name ?? "");
  return text.replace(/\s*[<(].*$/, "");
}

function licenseTextIn(folder: string): string | undefined {
  const files = readdirSync(folder).filter((file) =>
    /^(?:licen[cs]e|copying)(?:[.-](?!.*\.json$)|$)/i.test(file),
  );
  if (files.length === 0) return undefined;
  const texts = files.toSorted().map((file) => readFileSync(join(folder, file), "utf8"));
  return texts.map((text) => text.replaceAll("\r\n", "\n").trim()).join("\n\n");
}
