import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** The system user of a relay. */
export interface SystemUser {
  /** The name or number that was given. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All groups of the user. */
  readonly gids: ReadonlySet<number>;
}

const run = promisify(execFile);
const timeoutMs = 10_000;
/** The user in the systemd units that come with Mailseal. */
const defaultUser = "mailseal";
const units = ["mailseal-relay.service", "mailseal-worker.service"] as const;

/** Finds a user by name or number; undefined if there is none. */
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
    // In a container, a number may have no name.
    return /^\d{1,10}$/.test(name)
      ? { name, uid: Number(name), gid: Number(name), gids: new Set([Number(name)]) }
      : undefined;
  }
}

/** The user in the installed units, otherwise the user `mailseal`; undefined if neither exists. */
export async function installedUser(): Promise<SystemUser | undefined> {
  for (const unit of units) {
    const name = await userOfUnit(unit);
    const user = name === undefined ? undefined : await findUser(name);
    if (user !== undefined) return user;
  }
  return findUser(defaultUser);
}

async function userOfUnit(unit: string): Promise<string | undefined> {
  try {
    const args = ["show", "--property=User", "--value", unit];
    const { stdout } = await run("systemctl", args, { timeout: timeoutMs });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    // There is no systemd.
    return undefined;
  }
}

/**
 * The reason that a user cannot read a file, with a remedy, from the permissions of the file and of every folder above it.
 * Undefined if the user can read it. Ignores access control lists. Rejects if this process cannot read the permissions.
 */
export async function unreadableBy(user: SystemUser, file: string): Promise<string | undefined> {
  const path = await realpath(file);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!(await allows(user, folder, constants.X_OK))) {
      const name = JSON.stringify(folder);
      return `${named(user)} cannot enter ${name}; chmod or chgrp the folder, or move the key`;
    }
    if (folder === dirname(folder)) break;
  }
  const name = JSON.stringify(file);
  return (await allows(user, path, constants.R_OK))
    ? undefined
    : `${named(user)} cannot read ${name}; chown it to ${user.uid} (--chown does that), or chgrp it and chmod it to 640`;
}

function named({ name, uid }: SystemUser): string {
  return name === String(uid) ? `user ${uid}` : `user ${name} (${uid})`;
}

/** `wanted`: permission bits as in access(2). */
async function allows(user: SystemUser, path: string, wanted: number): Promise<boolean> {
  if (user.uid === 0) return true;
  const { mode, uid, gid } = await stat(path);
  // As in the kernel, the first match of owner, group and others decides.
  const shift = uid === user.uid ? 6 : user.gids.has(gid) ? 3 : 0;
  return ((mode >> shift) & wanted) === wanted;
}
