import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository.ts";

/**
 * The folder of third-party messages and vectors: `$MAILSEAL_CORPUS`, else `../shared/corpus` beside the
 * repository. Undefined if there is none; a test is then skipped with a notice.
 */
export function corpusPath(): string | undefined {
  const path = process.env["MAILSEAL_CORPUS"] || join(repositoryRoot, "..", "shared", "corpus");
  return existsSync(join(path, "manifest.jsonl")) ? path : undefined;
}

const keysOfEveryCase = ["id", "kind", "source", "license", "notes"];

/**
 * The cases of one JSON-lines file of the corpus, empty if there is no corpus. `knownKeys` gives, for
 * each kind of case, the keys a test may meet besides id, kind, source, license and notes, separated by
 * spaces. A case with another key or of another kind throws, so that a new expectation in the corpus
 * cannot go unread.
 */
export function readCases<Case extends { readonly id: string; readonly kind: string }>(
  fileName: string,
  knownKeys: Readonly<Record<Case["kind"], string>>,
): readonly Case[] {
  const path = corpusPath();
  if (path === undefined) return [];
  const known = new Map(
    Object.entries<string>(knownKeys).map(([kind, keys]) => [
      kind,
      new Set([...keysOfEveryCase, ...keys.split(" ")]),
    ]),
  );
  return readFileSync(join(path, fileName), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const read = JSON.parse(line) as Case;
      const keys = known.get(read.kind);
      if (keys === undefined) {
        throw new Error(`${fileName}: case ${read.id} is of the unknown kind "${read.kind}"`);
      }
      const unread = Object.keys(read).find((key) => !keys.has(key));
      if (unread !== undefined) {
        throw new Error(`${fileName}: case ${read.id} has the unknown key "${unread}"`);
      }
      return read;
    });
}
