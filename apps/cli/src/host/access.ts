import { constants } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { SystemUser } from "./accounts.ts";
import { type Host, pathOn } from "./host.ts";

/** The first file or folder on the way to a file at which a user is stopped. */
export interface Barrier {
  readonly path: string;
  /** "enter": the user may not go into this folder. */
  readonly refuses: "enter" | "read" | "write";
}

const bits = { enter: constants.X_OK, read: constants.R_OK, write: constants.W_OK } as const;

/**
 * Finds out from the permissions of a file, and of every folder above it, whether a user can read or write it; a socket
 * must be written to be connected. Undefined if nothing stops the user. Ignores access control lists. Rejects if this
 * process cannot read the permissions.
 */
export async function barrierTo(
  host: Host,
  user: SystemUser,
  path: string,
  purpose: "read" | "write",
): Promise<Barrier | undefined> {
  const root = host.root === "/" ? "/" : await realpath(host.root);
  const real = await realpath(pathOn(host, path));
  const shown = (at: string): string =>
    root === "/" || !at.startsWith(root) ? at : at.slice(root.length) || "/";
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    if (!(await allows(user, folder, bits.enter))) return { path: shown(folder), refuses: "enter" };
    if (folder === root || folder === dirname(folder)) break;
  }
  return (await allows(user, real, bits[purpose])) ? undefined : { path, refuses: purpose };
}

/** `wanted`: permission bits as in access(2). */
async function allows(user: SystemUser, path: string, wanted: number): Promise<boolean> {
  if (user.uid === 0) return true;
  const { mode, uid, gid } = await stat(path);
  // As in the kernel, the first match of owner, group and others decides.
  const shift = uid === user.uid ? 6 : user.gids.has(gid) ? 3 : 0;
  return ((mode >> shift) & wanted) === wanted;
}

/** The permission bits of a file as chmod(1) takes them, such as "0640". */
export function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
