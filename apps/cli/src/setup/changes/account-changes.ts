import { findGroup, findUser } from "../../host/accounts.ts";
import { commandLine } from "../../host/host.ts";
import type { ChangeActions } from "./change.ts";
import { runCommand } from "./run-command.ts";

/** A system group. */
export interface GroupChange {
  readonly kind: "group";
  readonly name: string;
}

/** A system user that nobody can log in as, in the group of the same name. */
export interface UserChange {
  readonly kind: "user";
  readonly name: string;
  readonly home: string;
}

export function groupChange({ name }: GroupChange): ChangeActions {
  const command = ["groupadd", "--system", name];
  return {
    describe: async () => ({ title: `new group ${name}`, lines: [`$ ${commandLine(command)}`] }),
    isMade: async (host) => (await findGroup(host, name)) !== undefined,
    before: async () => ({ state: "absent" }),
    make: async (host) => void (await runCommand(host, command)),
    undo: async (host) => {
      // userdel removes the group of a user together with the user.
      if ((await findGroup(host, name)) !== undefined) await runCommand(host, ["groupdel", name]);
      return {};
    },
  };
}

export function userChange({ name, home }: UserChange): ChangeActions {
  const command = [
    "useradd",
    "--system",
    `--gid=${name}`,
    `--home-dir=${home}`,
    "--no-create-home",
    "--shell=/usr/sbin/nologin",
    name,
  ];
  return {
    describe: async () => ({ title: `new user ${name}`, lines: [`$ ${commandLine(command)}`] }),
    isMade: async (host) => (await findUser(host, name)) !== undefined,
    before: async () => ({ state: "absent" }),
    make: async (host) => void (await runCommand(host, command)),
    undo: async (host) => {
      if ((await findUser(host, name)) !== undefined) await runCommand(host, ["userdel", name]);
      return {};
    },
  };
}
