import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { KeyPlan, RotationPlan, RotationSetup } from "@mailseal/rotation";
import { type Command, InvalidArgumentError, Option } from "commander";
import { signerOwner, type SignerOptions, withSignerOptions } from "../admin/signer-check.ts";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { collect, count, duration } from "../options/values.ts";

/** What `mailseal rotate start` is told, and the journal then remembers. */
export interface StartOptions extends SignerOptions {
  readonly keys: string;
  readonly type?: readonly string[];
  readonly bits?: number;
  readonly selector?: string;
  readonly publish: "zone" | "update" | "command";
  readonly zoneFile?: string;
  readonly server?: string;
  readonly tsig?: string;
  readonly zone?: string;
  readonly publishCommand?: string;
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
  return withSignerOptions(command)
    .requiredOption("--keys <dir>", "key directory: <dir>/<domain>/<selector>.key")
    .option("-t, --type <type>", "rsa or ed25519; may be given for each (default: rsa)", collect)
    .option("-b, --bits <bits>", "RSA key size (default: 2048)", count)
    .option("-s, --selector <template>", "%{t} is r or e, %{date} the day (default: %{t}%{date})")
    .addOption(
      new Option("--publish <how>", "zone: a person does it; update: RFC 2136; command: yours")
        .choices(["zone", "update", "command"])
        .default("zone"),
    )
    .option("--zone-file <file>", "zone: write the text there too")
    .option("--server <address>", "update: the primary server, as in 192.0.2.53 or [::1]:5353")
    .option("--tsig <file>", "update: the key file, as tsig-keygen writes it")
    .option("--zone <name>", "update: the zone that the domain is in (default: the domain)")
    .option("--publish-command <argv>", "command: a program, or a JSON array with its arguments")
    .option(
      "--resolver <address>",
      'a resolver that must show the keys, or "system"; may be given again (default: system)',
      collect,
    )
    .option("--database <file>", "sign by this table, see mailseal domains")
    .option(
      "--activate-command <argv>",
      "let a program change what is signed with; without both, <keys>/<domain>/active.json says it",
    )
    .option(
      "--pass-env <name>",
      "an environment variable that commands get besides PATH, HOME, LANG, TZ and MAILSEAL_*; may be given again",
      variableName,
    )
    .option("--parallel", "begin although an earlier rotation of the domain has not ended")
    .option("--replace-pair", "sign with fewer types of keys than now, as with Ed25519 alone")
    .option("--change-activation", "sign by another table, file or command than before")
    .option("--overlap <time>", "how long old keys stay published (default: 8d)", duration)
    .option("--revoked-for <time>", "how long they stay as revoked (default: 30d)", duration)
    .option("--ttl <seconds>", "of the records (default: 3600)", count)
    .addOption(
      new Option("--old-keys <how>", "their private keys, in the end")
        .choices(["archive", "delete"])
        .default("archive"),
    );
}

function variableName(name: string, earlier: readonly string[] = []): readonly string[] {
  if (/^[A-Za-z_]\w*$/.test(name)) return [...earlier, name];
  throw new InvalidArgumentError("expected the name of an environment variable, as in API_TOKEN");
}

/** @throws CommandFailure for options that do not fit together. */
export function planOf(options: StartOptions): Partial<RotationPlan> {
  const { bits, overlap, revokedFor, ttl, oldKeys } = options;
  const types = options.type ?? ["rsa"];
  if (bits !== undefined && !types.includes("rsa")) {
    throw misuse("--bits is for RSA: Ed25519 keys have one size");
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

function keyPlanOf(type: string, { bits, selector }: StartOptions): KeyPlan {
  if (type !== "rsa" && type !== "ed25519") {
    throw misuse(`expected --type rsa or --type ed25519, got ${JSON.stringify(type)}`);
  }
  return {
    type,
    ...(bits === undefined || type !== "rsa" ? {} : { bits }),
    ...(selector === undefined ? {} : { selector }),
  };
}

/** Paths become absolute: `run` may be called elsewhere. @throws CommandFailure as `planOf`. */
export function setupOf(options: StartOptions): RotationSetup {
  return {
    keyDirectory: checkedDirectory(options.keys),
    publish: publishOf(options),
    resolvers: options.resolver ?? ["system"],
    activate: activateOf(options),
    ...(options.passEnv === undefined ? {} : { passEnvironment: options.passEnv }),
    ...signerOf(options),
  };
}

/** Nothing where the relay is found without a word. */
function signerOf(options: StartOptions): Pick<RotationSetup, "signer"> {
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

/** Whom the key files are given to that the rotation makes; nothing without --chown. */
export async function keyOwnerOf(
  domain: string,
  options: StartOptions,
): Promise<Pick<RotationSetup, "keyOwner">> {
  if (options.chown !== true) return {};
  const keyFile = resolve(options.keys, domain, "new.key");
  const { uid, gid } = await signerOwner({ domain, selector: "new", keyFile }, options);
  return { keyOwner: { uid, gid } };
}

function publishOf(options: StartOptions): RotationSetup["publish"] {
  const { zoneFile, server, tsig, zone, publishCommand } = options;
  switch (options.publish) {
    case "zone":
      return { method: "zone", ...(zoneFile === undefined ? {} : { file: resolve(zoneFile) }) };
    case "update":
      if (server === undefined || tsig === undefined) {
        throw misuse("expected --server and --tsig with --publish update");
      }
      return {
        method: "update",
        server,
        tsigKeyFile: resolve(tsig),
        ...(zone === undefined ? {} : { zone }),
      };
    case "command":
      if (publishCommand === undefined) {
        throw misuse("expected --publish-command with --publish command");
      }
      return { method: "command", argv: argvOf(publishCommand) };
  }
}

function activateOf({ database, activateCommand }: StartOptions): RotationSetup["activate"] {
  if (database !== undefined && activateCommand !== undefined) {
    throw misuse(
      "expected --database or --activate-command, got both: one says what is signed with",
    );
  }
  if (database !== undefined) return { method: "table", database: resolve(database) };
  return activateCommand === undefined
    ? { method: "file" }
    : { method: "command", argv: argvOf(activateCommand) };
}

/** A path, or a JSON array of the program and its arguments. */
function argvOf(text: string): readonly string[] {
  if (!text.startsWith("[")) return [resolve(text)];
  try {
    const argv: unknown = JSON.parse(text);
    const isArgv = Array.isArray(argv) && argv.length > 0;
    if (isArgv && argv.every((word): word is string => typeof word === "string")) return argv;
  } catch {
    // Said below.
  }
  throw misuse(
    `expected a program, or a JSON array as in '["/usr/local/bin/dns", "-v"]', got another`,
  );
}

function misuse(message: string): CommandFailure {
  return new CommandFailure(exitCode.misuse, message);
}

/** It may be made; what is there must be a directory. */
function checkedDirectory(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) {
    throw misuse(`--keys: expected a directory, got the file ${path}`);
  }
  return resolve(path);
}
