import { chown } from "node:fs/promises";
import { askKeyCheck, type KeyCheck, type KeyToCheck } from "@mailseal/service/admin-client";
import { printable } from "@mailseal/syntax";
import type { Command } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { configOrDefaults, defaultConfig } from "../files/config-file.ts";
import { address, readAdminToken, relaySocket, workerSocket } from "./admin-client.ts";
import { findUser, installedUser, type SystemUser, unreadableBy } from "./signer-user.ts";

/** Options to find out whether a relay can use a key. */
export interface SignerOptions {
  readonly relayUser?: string;
  readonly admin?: string;
  readonly tokenFile?: string;
  /** The config file of the relay. */
  readonly config?: string;
  /** The passphrase file of the key, if the config names none. */
  readonly passphraseFile?: string;
}

/** `usable`: a running relay, or the permissions for its user, confirmed it. `unknown`: no relay and no user was found. */
export type SignerCheck =
  | { readonly status: "usable" | "unknown" }
  | { readonly status: "unusable"; readonly problem: string };

export const unknownSigner =
  "could not check that the relay can read the key: no relay answers and its user is unknown; give --relay-user";

export function withSignerOptions(command: Command): Command {
  return command
    .option(
      "--relay-user <user>",
      "user of the relay, by name or number (default: the user of the running relay, otherwise the user in its systemd unit, otherwise mailseal)",
    )
    .option(
      "--admin <address>",
      "address of the relay (admin.listen): unix:PATH or HOST:PORT (default: the sockets of relay and worker in /run/mailseal)",
      address,
    )
    .option("--token-file <file>", "file with the admin token (admin.tokenFile of the relay)")
    .option("--chown", "make the user of the relay the owner of the key file; needs root");
}

/**
 * Asks the running relay and worker whether they can use the key. If none answers, checks the key against the config as a
 * relay does, and the file permissions for the user of the relay.
 */
export async function checkSigner(key: KeyToCheck, options: SignerOptions): Promise<SignerCheck> {
  if (options.relayUser === undefined) {
    const answers = await ask(key, options);
    const refused = answers.find(({ usable }) => !usable);
    if (refused !== undefined) {
      return { status: "unusable", problem: printable(refused.problem ?? "the relay refused it") };
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
    return { status: "unusable", problem: `the permissions of the key cannot be read: ${reason}` };
  }
}

/** The reason that a relay refuses a key that it can read: others can write it, it is too short, or it has the wrong type. */
async function refusalOf(
  key: KeyToCheck,
  { config: file = defaultConfig, passphraseFile }: SignerOptions,
): Promise<string | undefined> {
  const config = await configOrDefaults(file);
  const { checkKey } = await import("@mailseal/policy/keys");
  const signing =
    passphraseFile === undefined ? config.signing : { passphraseFile, ...config.signing };
  const answer = await checkKey({ ...config, signing }, key);
  return answer.status === "found" ? undefined : printable(`${answer.reason}; ${answer.remedy}`);
}

/** The user of the relay, for `--chown`. Throws a `CommandFailure` if it is unknown. */
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
    "--chown needs the user of the relay, but no relay answers and its user is unknown; give --relay-user",
  );
}

/** Changes the owner of a file. Throws a `CommandFailure` if that is not permitted. */
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
      `cannot change the owner of ${file} to user ${uid}: ${code}; run the command as root`,
    );
  }
}

async function userOf({ relayUser }: SignerOptions): Promise<SystemUser | undefined> {
  if (relayUser === undefined) return installedUser();
  const user = await findUser(relayUser);
  if (user !== undefined) return user;
  throw new CommandFailure(
    exitCode.misuse,
    `--relay-user: this system has no user ${JSON.stringify(relayUser)}; give another name or number`,
  );
}

/** Asks relay and worker: both sign, and both may be running. */
async function ask(
  key: KeyToCheck,
  { admin, tokenFile }: SignerOptions,
): Promise<readonly KeyCheck[]> {
  // Loading the config schema takes longer than most commands.
  const { listenTarget } = await import("@mailseal/config");
  const token = tokenFile === undefined ? undefined : await readAdminToken(tokenFile);
  const asked = (admin === undefined ? [relaySocket, workerSocket] : [admin]).map(async (at) => {
    try {
      return await askKeyCheck(listenTarget(at), key, token);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(exitCode.unreadable, printable(`${at}: ${reason}`));
    }
  });
  return (await Promise.all(asked)).filter((answer) => answer !== undefined);
}
