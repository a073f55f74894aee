import { chown } from "node:fs/promises";
import { modeText } from "../../host/access.ts";
import { findGroup, findUser } from "../../host/accounts.ts";
import { type Host, pathOn } from "../../host/host.ts";
import { SetupError } from "../setup-error.ts";

/** An owner by name, because a setup may create the user first. */
export interface Ownership {
  readonly user: string;
  readonly group: string;
}

/** The numbers of an owner. Throws a `SetupError` if there is no such user or group. */
export async function idsOf(
  host: Host,
  { user, group }: Ownership,
): Promise<{ readonly uid: number; readonly gid: number }> {
  const [foundUser, foundGroup] = await Promise.all([findUser(host, user), findGroup(host, group)]);
  if (foundUser === undefined || foundGroup === undefined) {
    const what = foundUser === undefined ? `user ${user}` : `group ${group}`;
    throw new SetupError(`this machine has no ${what}; create it, then run mailseal setup again`);
  }
  return { uid: foundUser.uid, gid: foundGroup.gid };
}

/** Whether a file has the owner; false as long as the user or the group is missing. */
export async function isOwnedBy(
  host: Host,
  { uid, gid }: { readonly uid: number; readonly gid: number },
  owner: Ownership,
): Promise<boolean> {
  const [user, group] = await Promise.all([
    findUser(host, owner.user),
    findGroup(host, owner.group),
  ]);
  return user?.uid === uid && group?.gid === gid;
}

export async function giveTo(host: Host, path: string, owner: Ownership): Promise<void> {
  const { uid, gid } = await idsOf(host, owner);
  await chown(pathOn(host, path), uid, gid);
}

/** "root:mailseal 0640", as people write it. */
export function permissionsText({ user, group }: Ownership, mode: number): string {
  return `${user}:${group} ${modeText(mode)}`;
}
