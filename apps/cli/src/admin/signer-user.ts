import { barrierTo } from "../host/access.ts";
import { findUser as findUserOn, type SystemUser } from "../host/accounts.ts";
import { thisHost } from "../host/host.ts";
import { layout } from "../host/layout.ts";
import { unitState } from "../host/systemd.ts";

export type { SystemUser } from "../host/accounts.ts";

/** Finds a user of this machine by name or number; undefined if there is none. */
export function findUser(name: string): Promise<SystemUser | undefined> {
  return findUserOn(thisHost, name);
}

/** The user in the installed units, otherwise the user `mailseal`; undefined if neither exists. */
export async function installedUser(): Promise<SystemUser | undefined> {
  for (const unit of [layout.relayUnit, layout.workerUnit]) {
    const name = (await unitState(thisHost, unit))?.user;
    const user = name === undefined ? undefined : await findUser(name);
    if (user !== undefined) return user;
  }
  // The user in the units that come with Mailseal.
  return findUser(layout.user);
}

/**
 * The reason that a user cannot read a file, with a remedy, from the permissions of the file and of every folder above it.
 * Undefined if the user can read it. Ignores access control lists. Rejects if this process cannot read the permissions.
 */
export async function unreadableBy(user: SystemUser, file: string): Promise<string | undefined> {
  const barrier = await barrierTo(thisHost, user, file, "read");
  if (barrier === undefined) return undefined;
  const name = JSON.stringify(barrier.path);
  return barrier.refuses === "enter"
    ? `${named(user)} cannot enter ${name}; chmod or chgrp the folder, or move the key`
    : `${named(user)} cannot read ${name}; chown it to ${user.uid} (--chown does that), or chgrp it and chmod it to 640`;
}

function named({ name, uid }: SystemUser): string {
  return name === String(uid) ? `user ${uid}` : `user ${name} (${uid})`;
}
