import { type Host, outputOf } from "./host.ts";

/** A user of a host. */
export interface SystemUser {
  /** The name or number that was given. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All groups of the user. */
  readonly gids: ReadonlySet<number>;
}

/** A group of a host. */
export interface SystemGroup {
  readonly name: string;
  readonly gid: number;
  /** The users that the group lists; those whose first group it is are not among them. */
  readonly members: readonly string[];
}

const accountName = /^[\w.][\w.-]{0,63}\$?$/;

/** Finds a user by name or number; undefined if there is none. */
export async function findUser(host: Host, name: string): Promise<SystemUser | undefined> {
  if (!accountName.test(name)) return undefined;
  const answers = await Promise.all(["-u", "-g", "-G"].map((what) => host.run("id", [what, name])));
  const [uid, gid, gids] = answers.map(outputOf);
  if (uid !== undefined && gid !== undefined && gids !== undefined) {
    return {
      name,
      uid: Number(uid),
      gid: Number(gid),
      gids: new Set(gids.trim().split(/\s+/).map(Number)),
    };
  }
  // In a container, a number may have no name.
  return /^\d{1,10}$/.test(name)
    ? { name, uid: Number(name), gid: Number(name), gids: new Set([Number(name)]) }
    : undefined;
}

/** Finds a group by name or number; undefined if there is none. */
export async function findGroup(host: Host, name: string): Promise<SystemGroup | undefined> {
  if (!accountName.test(name)) return undefined;
  const line = outputOf(await host.run("getent", ["group", name]));
  const [found, , gid, members = ""] = line?.trim().split(":") ?? [];
  if (found === undefined || gid === undefined) return undefined;
  return {
    name: found,
    gid: Number(gid),
    members: members.split(",").filter((member) => member !== ""),
  };
}
