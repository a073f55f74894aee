import { access, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { quoted } from "@mailseal/errors";
import { toAsciiDomain } from "@mailseal/syntax";
import type { KeyFiles } from "../environment.ts";
import { RotationError } from "../errors.ts";
import {
  type FileOwner,
  linkDurably,
  makeFolders,
  readIfThere,
  removeLeftovers,
  syncFolder,
  writeDurably,
} from "./durable-file.ts";

const archiveFolder = "archive";

/**
 * Stores private keys in `<directory>/<domain>/<selector>.key` with mode 0600, as `mailseal keygen` does. Archived keys
 * go to the folder `archive` beside them. Domain and selector must be valid DNS names, so that no path leaves the
 * directory. `owner` becomes the owner of the files and folders that are created.
 *
 * ```ts
 * const keyFiles = keyDirectory("/etc/mailseal/keys");
 * keyFiles.pathOf("example.com", "mail2026"); // "/etc/mailseal/keys/example.com/mail2026.key"
 * ```
 */
export function keyDirectory(directory: string, owner?: FileOwner): KeyFiles {
  const root = resolve(directory);
  const folderOf = (domain: string): string => join(root, checked(domain));
  const pathOf = (domain: string, selector: string): string =>
    join(folderOf(domain), `${checked(selector)}.key`);
  const draftOf = (domain: string, selector: string): string =>
    join(folderOf(domain), `.${checked(selector)}.key.draft`);
  return {
    pathOf,
    async isTaken(domain, selector) {
      const archived = join(folderOf(domain), archiveFolder, `${checked(selector)}.key`);
      const paths = [pathOf(domain, selector), draftOf(domain, selector), archived];
      return (await Promise.all(paths.map(isThere))).includes(true);
    },
    async writeDraft(domain, selector, pem) {
      await writeDurably(draftOf(domain, selector), pem, { mode: 0o600, owner });
    },
    async install(domain, selector) {
      const [draft, path] = [draftOf(domain, selector), pathOf(domain, selector)];
      const linked = await linkDurably(draft, path);
      const isOurs =
        linked === "linked" ||
        (linked === "taken" && (await readIfThere(draft)) === (await readIfThere(path)));
      if (isOurs) await rm(draft, { force: true });
    },
    read: readIfThere,
    async putAway(domain, { selector, keyFile }, how) {
      await rm(draftOf(domain, selector), { force: true });
      await removeLeftovers(draftOf(domain, selector));
      const path = resolve(keyFile);
      if (dirname(path) !== folderOf(domain)) return "kept";
      if (how === "delete") {
        await rm(path, { force: true });
        await syncIfThere(dirname(path));
        return "deleted";
      }
      await archive(path);
      return "archived";
    },
  };
}

async function archive(path: string): Promise<void> {
  if (!(await isThere(path))) return;
  const folder = join(dirname(path), archiveFolder);
  await makeFolders(folder, 0o700);
  const archived = join(folder, path.slice(dirname(path).length + 1));
  if (await isThere(archived)) {
    throw new RotationError(
      "key-file",
      `cannot archive ${path}: ${archived} exists already and is not overwritten; move it to another folder`,
    );
  }
  await rename(path, archived);
  await syncFolder(folder);
  await syncFolder(dirname(path));
}

async function syncIfThere(folder: string): Promise<void> {
  if (await isThere(folder)) await syncFolder(folder);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function checked(name: string): string {
  const ascii = toAsciiDomain(name);
  if (ascii !== undefined) return ascii;
  throw new RotationError("bad-name", `expected a valid DNS name, got ${quoted(name)}`);
}
