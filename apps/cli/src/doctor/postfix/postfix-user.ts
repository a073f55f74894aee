import { findUser, type SystemUser } from "../../host/accounts.ts";
import type { Host } from "../../host/host.ts";
import type { Postfix } from "../../host/postfix.ts";
import { NotKnown } from "../finding.ts";

/** The user of smtpd and cleanup. Postfix gives up all groups but the first. */
export async function postfixUser(host: Host, { user: name }: Postfix): Promise<SystemUser> {
  const user = await findUser(host, name);
  if (user === undefined) throw new NotKnown(`this machine has no user ${name} for Postfix`);
  return { ...user, gids: new Set([user.gid]) };
}
