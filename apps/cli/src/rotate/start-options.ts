import { resolve } from "node:path";
import type { KeyPlan, RotationPlan, RotationSetup } from "@mailseal/rotation";
import { type Command, InvalidArgumentError, Option } from "commander";
import { signerOwner, type SignerOptions, withSignerOptions } from "../admin/signer-check.ts";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { statOf } from "../files/input.ts";
import {
  addPublishOptions,
  argvOf,
  publishMethodOf,
  type PublishOptions,
} from "../options/publishing.ts";
import { collect, count, duration } from "../options/values.ts";

/** The options of `mailseal rotate start`. The state file keeps them for later runs. */
export interface StartCommandOptions extends SignerOptions, PublishOptions {
  readonly keys: string;
  readonly type?: readonly string[];
  readonly bits?: number;
  readonly selector?: string;
  readonly zoneFile?: string;
  readonly resolver?: readonly string[];
  readonly database?: string;
  readonly activateCommand?: string;
  readonly overlap?: number;
  readonly revokedFor?: number;
  readonly ttl?: number;
  readonly oldKeys: "archive" | "delete";
  readonly parallel?: boolean;
  readonly replacePair?: boolean;
  readonly changeActivation?: boolean;
  readonly passEnv?: readonly string[];
  readonly chown?: boolean;
}

export function addStartOptions(command: Command): Command {
  const keys = withSignerOptions(command)
    .requiredOption("--keys <dir>", "key directory; keys are in <dir>/<domain>/<selector>.key")
    .option(
      "-t, --type <type>",
      "key type: rsa or ed25519; repeat for several keys (default: rsa)",
      collect,
    )
    .option("-b, --bits <bits>", "size of RSA keys (default: 2048)", count)
    .option(
      "-s, --selector <template>",
      "selectors of the new keys; %{t} is r for RSA or e for Ed25519, %{date} is the date (default: %{t}%{date})",
    );
  return addPublishOptions(keys, "zone")
    .option("--zone-file <file>", "for zone: write the records to this file as well")
    .option(
      "--resolver <address>",
      'a resolver that must return the new records, or "system"; repeatable (default: system)',
      collect,
    )
    .option("--database <file>", "activate keys in this table (see mailseal domains)")
    .option(
      "--activate-command <argv>",
      "activate keys with this program (default without --database: write the active keys to <keys>/<domain>/active.json)",
    )
    .option(
      "--pass-env <name>",
      "pass this environment variable to commands, besides PATH, HOME, LANG, TZ and MAILSEAL_*; repeatable",
      variableName,
    )
    .option(
      "--parallel",
      "start even if an earlier rotation of the domain is in its overlap or later",
    )
    .option("--replace-pair", "allow fewer key types than now, such as Ed25519 alone")
    .option(
      "--change-activation",
      "allow another table, file or command than before to activate keys",
    )
    .option(
      "--overlap <time>",
      "keep old keys published for this long after the change (default: 8d)",
      duration,
    )
    .option(
      "--revoked-for <time>",
      "then publish old keys as revoked for this long (default: 30d)",
      duration,
    )
    .option("--ttl <seconds>", "TTL of the records (default: 3600)", count)
    .addOption(
      new Option("--old-keys <how>", "archive or delete the old private keys at the end")
        .choices(["archive", "delete"])
        .default("archive"),
    );
}

function variableName(name: string, earlier: readonly string[] = []): readonly string[] {
  if (/^[A-Za-z_]\w*$/.test(name)) return [...earlier, name];
  throw new InvalidArgumentError("expected the name of an environment variable, such as API_TOKEN");
}

/** @throws CommandFailure for options that contradict each other. */
export function planOf(options: StartCommandOptions): Partial<RotationPlan> {
  const { bits, overlap, revokedFor, ttl, oldKeys } = options;
  const types = options.type ?? ["rsa"];
  if (bits !== undefined && !types.includes("rsa")) {
    throw misuse(
      "--bits cannot be used with Ed25519, whose keys have one size; remove it, or add --type rsa",
    );
  }
  const keys = types.map((type) => keyPlanOf(type, options));
  return {
    keys,
    retiredKeys: oldKeys,
    ...(overlap === undefined ? {} : { overlapMs: overlap * 1000 }),
    ...(revokedFor === undefined ? {} : { revokedForMs: revokedFor * 1000 }),
    ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
  };
}

function keyPlanOf(type: string, { bits, selector }: StartCommandOptions): KeyPlan {
  if (type !== "rsa" && type !== "ed25519") {
    throw misuse(`--type: ${JSON.stringify(type)} is unknown; expected rsa or ed25519`);
  }
  return {
    type,
    ...(bits === undefined || type !== "rsa" ? {} : { bits }),
    ...(selector === undefined ? {} : { selector }),
  };
}

/** Paths become absolute, because `run` may be called from another directory. @throws CommandFailure as `planOf`. */
export function setupOf(options: StartCommandOptions): RotationSetup {
  return {
    keyDirectory: checkedDirectory(options.keys),
    publish: publishOf(options),
    resolvers: options.resolver ?? ["system"],
    activate: activateOf(options),
    ...(options.passEnv === undefined ? {} : { passEnvironment: options.passEnv }),
    ...signerOf(options),
  };
}

/** The address or the user of the relay; empty if the defaults find it. */
function signerOf(options: StartCommandOptions): Pick<RotationSetup, "signer"> {
  const { relayUser: user, admin, tokenFile } = options;
  if (user === undefined && admin === undefined) return {};
  return {
    signer: {
      ...(user === undefined ? {} : { user }),
      ...(admin === undefined ? {} : { admin }),
      ...(tokenFile === undefined ? {} : { tokenFile: resolve(tokenFile) }),
    },
  };
}

/** The owner of the key files that the rotation creates; empty without `--chown`. */
export async function keyOwnerOf(
  domain: string,
  options: StartCommandOptions,
): Promise<Pick<RotationSetup, "keyOwner">> {
  if (options.chown !== true) return {};
  const keyFile = resolve(options.keys, domain, "new.key");
  const { uid, gid } = await signerOwner({ domain, selector: "new", keyFile }, options);
  return { keyOwner: { uid, gid } };
}

function publishOf(options: StartCommandOptions): RotationSetup["publish"] {
  const method = publishMethodOf(options);
  const { zoneFile } = options;
  return method.method === "zone" && zoneFile !== undefined
    ? { ...method, file: resolve(zoneFile) }
    : method;
}

function activateOf({ database, activateCommand }: StartCommandOptions): RotationSetup["activate"] {
  if (database !== undefined && activateCommand !== undefined) {
    throw misuse("--database and --activate-command exclude each other; give only one");
  }
  if (database !== undefined) return { method: "table", database: resolve(database) };
  return activateCommand === undefined
    ? { method: "file" }
    : { method: "command", argv: argvOf(activateCommand) };
}

function misuse(message: string): CommandFailure {
  return new CommandFailure(exitCode.misuse, message);
}

/** The path of a directory, which may not exist yet. */
function checkedDirectory(path: string): string {
  const found = statOf(path);
  if (found !== undefined && !found.isDirectory()) {
    throw misuse(`--keys: ${path} is a file; expected a directory`);
  }
  return resolve(path);
}
