import { chown, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { anyObject, oneOf, optionsCheck, required, wholeNumber } from "@mailseal/errors";
import { badOption } from "../errors.ts";

/** The owner of a file. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** The options of `writeDurably`. */
export interface WriteOptions {
  readonly mode: number;
  /** "keep": an existing file is never changed, not even if it appears during the write. Default "replace". */
  readonly existing?: "keep" | "replace";
  /** The owner of the file, and of folders that the write creates. Default: the user of this process. */
  readonly owner?: FileOwner | undefined;
}

const checkOptions = optionsCheck<WriteOptions>(
  "options",
  {
    mode: required(wholeNumber(0, 0o7777)),
    existing: oneOf(["keep", "replace"]),
    owner: anyObject("a user and a group, { uid, gid }"),
  },
  badOption,
);

/**
 * Writes a file completely or not at all, and durably: a crash leaves the old file or the new one, and perhaps
 * `<file>.<pid>.new` beside it, which the next write of the file removes. Resolves to "taken" if an existing file was
 * kept. Rejects with the error of the system call that failed, or with a `RotationError` "bad-option".
 *
 * ```ts
 * await writeDurably("/etc/mailseal/keys/example.com/mail2026.key", pem, { mode: 0o600, existing: "keep" });
 * // "written", or "taken" if there is such a file
 * ```
 */
export async function writeDurably(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions,
): Promise<"written" | "taken"> {
  checkOptions(options);
  const { mode, existing = "replace", owner } = options;
  const beside = `${path}.${process.pid}.new`;
  const made = await makeFolders(dirname(path), 0o700);
  if (made !== undefined && owner !== undefined) await giveFolders(made, dirname(path), owner);
  await removeLeftovers(path);
  // A killed process may have had our id, as in a container, where each process gets the same one.
  await rm(beside, { force: true });
  try {
    await using handle = await open(beside, "wx", mode);
    await handle.writeFile(content);
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
    // The umask has restricted it: the group of the relay could not read a key that root writes with umask 077.
    await handle.chmod(mode);
    await handle.sync();
    await (existing === "keep" ? link(beside, path) : rename(beside, path));
    await syncFolder(dirname(path));
    return "written";
  } catch (error) {
    if (existing === "keep" && hasCode(error, "EEXIST")) return "taken";
    throw error;
  } finally {
    // A failure to remove it must not hide the error of the write.
    await rm(beside, { force: true }).catch(() => undefined);
  }
}

/**
 * Removes the leftovers of writes of a file whose processes were killed. A process in another container looks dead from
 * here: if it is writing at this moment, its write fails, and the file stays as it was.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(start)) continue;
    const pid = /^(\d{1,10})\.new$/.exec(name.slice(start.length))?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name), { force: true });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** Only the error "no such process" counts as ended: a process of another user cannot be signalled. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}

/**
 * Creates a folder and the missing ones above it. Resolves to the topmost that was created, or to undefined if the folder
 * existed. Does not use Node's option `recursive`, which never ends if the system cannot create a folder in an existing
 * one, as in /proc.
 */
export async function makeFolders(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    if (hasCode(error, "EEXIST") && (await isFolder(path))) return undefined;
    const above = dirname(path);
    if (!hasCode(error, "ENOENT") || above === path || (await isFolder(above))) throw error;
    const first = await makeFolders(above, mode);
    await mkdir(path, { mode }).catch(async (again: unknown) => {
      if (!(await isFolder(path))) throw again;
    });
    return first ?? path;
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Changes the owner of every folder from the innermost up to the topmost that was created. */
async function giveFolders(first: string, innermost: string, owner: FileOwner): Promise<void> {
  for (let folder = innermost; folder.length >= first.length; folder = dirname(folder)) {
    await chown(folder, owner.uid, owner.gid);
  }
}

/** Gives a file another name unless that is taken; then both files stay as they are. */
export async function linkDurably(
  from: string,
  to: string,
): Promise<"linked" | "taken" | "absent"> {
  try {
    await link(from, to);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return "taken";
    if (hasCode(error, "ENOENT")) return "absent";
    throw error;
  }
  await syncFolder(dirname(to));
  return "linked";
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
