import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** Who a relay runs as. */
export interface SystemUser {
  /** As it was named. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All of its groups. */
  readonly gids: ReadonlySet<number>;
}

const run = promisify(execFile);
const timeoutMs = 10_000;
/** Where the program is installed as it comes, its units say so. */
const usualUser = "mailseal";
const units = ["mailseal-relay.service", "mailseal-worker.service"] as const;

/** By name or number; undefined if the system knows no such user. */
export async function findUser(name: string): Promise<SystemUser | undefined> {
  if (!/^[\w.][\w.-]{0,63}\$?$/.test(name)) return undefined;
  try {
    const [uid, gid, gids] = await Promise.all(
      ["-u", "-g", "-G"].map(
        async (what) => (await run("id", [what, name], { timeout: timeoutMs })).stdout,
      ),
    );
    return {
      name,
      uid: Number(uid),
      gid: Number(gid),
      gids: new Set((gids ?? "").trim().split(/\s+/).map(Number)),
    };
  } catch {
    // A number that no name has, as in a container.
    return /^\d{1,10}$/.test(name)
      ? { name, uid: Number(name), gid: Number(name), gids: new Set([Number(name)]) }
      : undefined;
  }
}

/** The user of the installed units, else the one that they come with; undefined if there is neither. */
export async function installedUser(): Promise<SystemUser | undefined> {
  for (const unit of units) {
    const name = await userOfUnit(unit);
    const user = name === undefined ? undefined : await findUser(name);
    if (user !== undefined) return user;
  }
  return findUser(usualUser);
}

async function userOfUnit(unit: string): Promise<string | undefined> {
  try {
    const args = ["show", "--property=User", "--value", unit];
    const { stdout } = await run("systemctl", args, { timeout: timeoutMs });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    // No systemd here.
    return undefined;
  }
}

/**
 * Why a user cannot read a file, by the permissions of the file and of every folder on the way: one line, with what to do.
 * Undefined if it can. Access lists (ACLs) are not looked at. Rejects where this process may not look.
 */
export async function unreadableBy(user: SystemUser, file: string): Promise<string | undefined> {
  const path = await realpath(file);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!(await allows(user, folder, constants.X_OK))) {
      const name = JSON.stringify(folder);
      return `${named(user)} may not enter ${name}; chmod or chgrp the folder, or move the key`;
    }
    if (folder === dirname(folder)) break;
  }
  const name = JSON.stringify(file);
  return (await allows(user, path, constants.R_OK))
    ? undefined
    : `${named(user)} may not read ${name}; chown ${user.uid} ${name}, which --chown does, or chgrp and chmod 640 it`;
}

function named({ name, uid }: SystemUser): string {
  return name === String(uid) ? `user ${uid}` : `user ${name} (${uid})`;
}

/** `wanted`: the bits of access(2). */
async function allows(user: SystemUser, path: string, wanted: number): Promise<boolean> {
  if (user.uid === 0) return true;
  const { mode, uid, gid } = await stat(path);
  // The first of owner, group and others that holds decides, as in the kernel.
  const shift = uid === user.uid ? 6 : user.gids.has(gid) ? 3 : 0;
  return ((mode >> shift) & wanted) === wanted;
}
