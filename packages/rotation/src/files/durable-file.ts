import { chown, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The owner of a file. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Replaces a file atomically: a crash leaves the old file or the new one, and perhaps `<file>.<pid>.new` beside it,
 * which the next write of the file removes. New folders get the same owner.
 */
export async function replaceDurably(
  path: string,
  text: string,
  mode: number,
  owner?: FileOwner,
): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  const made = await makeFolders(dirname(path), 0o700);
  if (made !== undefined && owner !== undefined) await giveFolders(made, dirname(path), owner);
  await removeLeftovers(path);
  await rm(beside, { force: true });
  try {
    await using handle = await open(beside, "wx", mode);
    await handle.writeFile(text);
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
    await handle.sync();
    await rename(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
  await syncFolder(dirname(path));
}

/**
 * Removes what killed processes left of a file's replacement. A process of another container looks dead from here:
 * if it is writing at this moment its write fails, the file stays as it was, and the rotation repeats the step.
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

/** Only the system's "no such process" counts as ended: a process of another user may not be signalled. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}

/**
 * Makes a folder and the missing ones above it. Resolves to the first that was made, or to undefined if it existed.
 * Does not use Node's option `recursive`, which never ends if the system cannot make a folder in an existing one, as in
 * /proc.
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

/** Every folder from the innermost up to the first that was made. */
async function giveFolders(first: string, innermost: string, owner: FileOwner): Promise<void> {
  for (let folder = innermost; folder.length >= first.length; folder = dirname(folder)) {
    await chown(folder, owner.uid, owner.gid);
  }
}

/** Renames a file unless the name is taken; then both files stay as they are. */
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
