import { chown, link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Whom a file is given to. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Replaces a file as a whole: a crash leaves the one before or this one. Folders that are made have its owner. */
export async function replaceDurably(
  path: string,
  text: string,
  mode: number,
  owner?: FileOwner,
): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (made !== undefined && owner !== undefined) await giveFolders(made, dirname(path), owner);
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

/** Every folder from the innermost up to the first that was made. */
async function giveFolders(first: string, innermost: string, owner: FileOwner): Promise<void> {
  for (let folder = innermost; folder.length >= first.length; folder = dirname(folder)) {
    // oxlint-disable-next-line no-await-in-loop -- one or two
    await chown(folder, owner.uid, owner.gid);
  }
}

/** Gives a file its name unless the name is taken; then both stay as they are. */
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
