import { chown } from "node:fs/promises";
import { askKeyCheck, type KeyCheck, type KeyToCheck } from "@mailseal/service/admin-client";
import { printable } from "@mailseal/syntax";
import type { Command } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { configOrDefaults, usualConfig } from "../files/config-file.ts";
import { address, readAdminToken, usualSocket, usualWorkerSocket } from "./admin-client.ts";
import { findUser, installedUser, type SystemUser, unreadableBy } from "./signer-user.ts";

/** How to find out whether a relay could use a key. */
export interface SignerOptions {
  readonly relayUser?: string;
  readonly admin?: string;
  readonly tokenFile?: string;
  /** Of the relay. */
  readonly config?: string;
  /** Opens the key, where the config says nothing of it. */
  readonly passphraseFile?: string;
}

/** `usable`: somebody who signs, or the permissions for who does, said so; `unknown`: nobody is known. */
export type SignerCheck =
  | { readonly status: "usable" | "unknown" }
  | { readonly status: "unusable"; readonly problem: string };

export const unknownSigner =
  "not checked whether the relay can read the key: none answers, and its user is not known; --relay-user names it";

export function withSignerOptions(command: Command): Command {
  return command
    .option(
      "--relay-user <user>",
      "who the relay runs as, by name or number (default: the relay that runs is asked, else the user of its systemd unit, else mailseal)",
    )
    .option(
      "--admin <address>",
      "admin.listen of the relay that is asked: unix:PATH or HOST:PORT (default: the usual sockets)",
      address,
    )
    .option("--token-file <file>", "the file that its admin.tokenFile names")
    .option("--chown", "give the key file to the relay's user, which takes root");
}

/**
 * Asks who signs; where nobody answers the key is looked at as a relay would by its config, and its permissions for
 * the user that a relay would have.
 */
export async function checkSigner(key: KeyToCheck, options: SignerOptions): Promise<SignerCheck> {
  if (options.relayUser === undefined) {
    const answers = await ask(key, options);
    const refused = answers.find(({ usable }) => !usable);
    if (refused !== undefined) {
      return { status: "unusable", problem: printable(refused.problem ?? "it says no") };
    }
    if (answers.length > 0) return { status: "usable" };
  }
  const user = await userOf(options);
  try {
    const problem =
      (user === undefined ? undefined : await unreadableBy(user, key.keyFile)) ??
      (await refusalOf(key, options));
    if (problem !== undefined) return { status: "unusable", problem };
    return { status: user === undefined ? "unknown" : "usable" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { status: "unusable", problem: `its permissions cannot be looked at: ${reason}` };
  }
}

/** Why a relay would not sign with a key that it can read: others may write it, it is too short, or of the wrong type. */
async function refusalOf(
  key: KeyToCheck,
  { config: file = usualConfig, passphraseFile }: SignerOptions,
): Promise<string | undefined> {
  const config = await configOrDefaults(file);
  const { checkKey } = await import("@mailseal/policy/keys");
  const signing =
    passphraseFile === undefined ? config.signing : { passphraseFile, ...config.signing };
  const answer = await checkKey({ ...config, signing }, key);
  return answer.status === "found" ? undefined : printable(`${answer.reason}; ${answer.remedy}`);
}

/** The user to give a key to. Throws a `CommandFailure` if none is known. */
export async function signerOwner(
  key: KeyToCheck,
  options: SignerOptions,
): Promise<Pick<SystemUser, "uid" | "gid">> {
  const [running] = options.relayUser === undefined ? await ask(key, options) : [];
  if (running?.uid !== undefined && running.gid !== undefined) {
    return { uid: running.uid, gid: running.gid };
  }
  const user = await userOf(options);
  if (user !== undefined) return user;
  throw new CommandFailure(
    exitCode.misuse,
    "expected --relay-user with --chown: no relay answers, and its user is not known",
  );
}

/** Throws a `CommandFailure` where it may not be given. */
export async function giveKey(
  file: string,
  { uid, gid }: Pick<SystemUser, "uid" | "gid">,
): Promise<void> {
  try {
    await chown(file, uid, gid);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
    throw new CommandFailure(
      exitCode.unreadable,
      `cannot give ${file} to user ${uid}: ${code}; run this as root, or chown it yourself`,
    );
  }
}

async function userOf({ relayUser }: SignerOptions): Promise<SystemUser | undefined> {
  if (relayUser === undefined) return installedUser();
  const user = await findUser(relayUser);
  if (user !== undefined) return user;
  throw new CommandFailure(
    exitCode.misuse,
    `--relay-user: there is no user ${JSON.stringify(relayUser)} on this system`,
  );
}

/** Relay and worker both sign, and may both run. */
async function ask(
  key: KeyToCheck,
  { admin, tokenFile }: SignerOptions,
): Promise<readonly KeyCheck[]> {
  // The config's schema takes longer to load than most commands to run.
  const { listenTarget } = await import("@mailseal/config");
  const token = tokenFile === undefined ? undefined : await readAdminToken(tokenFile);
  const asked = (admin === undefined ? [usualSocket, usualWorkerSocket] : [admin]).map(
    async (at) => {
      try {
        return await askKeyCheck(listenTarget(at), key, token);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new CommandFailure(exitCode.unreadable, printable(`${at}: ${reason}`));
      }
    },
  );
  return (await Promise.all(asked)).filter((answer) => answer !== undefined);
}
