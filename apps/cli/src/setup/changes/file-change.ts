import { readFile, rm } from "node:fs/promises";
import { writeDurably } from "@mailseal/rotation";
import { fileStateOn, type Host, pathOn } from "../../host/host.ts";
import { SetupError } from "../setup-error.ts";
import type { Before, ChangeActions, FileStore } from "./change.ts";
import { idsOf, isOwnedBy, type Ownership, permissionsText } from "./ownership.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** The whole content of a file, with its owner and mode. */
export interface FileChange {
  readonly kind: "file";
  readonly path: string;
  readonly content: string;
  /** "latin1" for a file that may be in any charset. */
  readonly encoding: "utf8" | "latin1";
  readonly mode: number;
  readonly owner: Ownership;
}

export function fileChange({ path, content, encoding, mode, owner }: FileChange): ChangeActions {
  const current = (host: Host): Promise<string | undefined> => contentOf(host, path, encoding);
  return {
    async describe(host) {
      const text = await current(host);
      const permissions = permissionsText(owner, mode);
      if (text === content)
        return { title: `owner and mode of ${path}: ${permissions}`, lines: [] };
      const verb = text === undefined ? "new file" : "changed file";
      return {
        title: `${verb} ${path} (${permissions})`,
        lines: unifiedDiff(path, text, content),
      };
    },
    async isMade(host) {
      const found = await fileStateOn(host, path);
      return (
        found?.kind === "file" &&
        found.mode === mode &&
        (await isOwnedBy(host, found, owner)) &&
        (await current(host)) === content
      );
    },
    before: (host, files) => stateBefore(host, path, files),
    async make(host) {
      const found = await fileStateOn(host, path);
      if (found !== undefined && found.kind !== "file") {
        throw new SetupError(
          `${path} is not a regular file, so it is not replaced; replace it by a file, then run mailseal setup again`,
        );
      }
      const bytes = Buffer.from(content, encoding);
      await writeDurably(pathOn(host, path), bytes, { mode, owner: await idsOf(host, owner) });
    },
    async undo(host, before, files) {
      const text = await current(host);
      if (text === undefined && before.state !== "file") return {};
      if (text !== content && text !== (await savedText(before, files, encoding))) {
        return {
          kept: `${path} is kept, because it was changed after the setup${placeOf(before)}`,
        };
      }
      await restoreFile(host, path, before, files);
      return {};
    },
  };
}

/** Undefined if there is no such file. */
export async function contentOf(
  host: Host,
  path: string,
  encoding: "utf8" | "latin1",
): Promise<string | undefined> {
  const found = await fileStateOn(host, path);
  return found === undefined ? undefined : readFile(pathOn(host, path), encoding);
}

/** Keeps a copy of a file, with its owner and mode. */
export async function stateBefore(host: Host, path: string, files: FileStore): Promise<Before> {
  const found = await fileStateOn(host, path);
  if (found?.kind !== "file") return { state: "absent" };
  const { mode, uid, gid } = found;
  return { state: "file", saved: await files.save(path), mode, uid, gid };
}

/** Puts the old file back, or removes the new one if there was none. */
export async function restoreFile(
  host: Host,
  path: string,
  before: Before,
  files: FileStore,
): Promise<void> {
  if (before.state !== "file") {
    await rm(pathOn(host, path), { force: true });
    return;
  }
  const { saved, mode, uid, gid } = before;
  await writeDurably(pathOn(host, path), await files.read(saved), { mode, owner: { uid, gid } });
}

async function savedText(
  before: Before,
  files: FileStore,
  encoding: "utf8" | "latin1",
): Promise<string | undefined> {
  return before.state === "file" ? (await files.read(before.saved)).toString(encoding) : undefined;
}

function placeOf(before: Before): string {
  return before.state === "file"
    ? `; the file from before the setup is in ${before.saved}`
    : "; remove it by hand if you no longer need it";
}
