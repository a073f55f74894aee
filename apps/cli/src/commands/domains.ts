import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { MailsealError } from "@mailseal/errors";
import type { KeyDatabase } from "@mailseal/policy/keys";
import type { KeyToCheck } from "@mailseal/service/admin-client";
import { Command } from "commander";
import {
  checkSigner,
  giveKey,
  signerOwner,
  type SignerOptions,
  unknownSigner,
  withSignerOptions,
} from "../admin/signer-check.ts";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { usualConfig } from "../files/config-file.ts";
import { readKey } from "../files/key-file.ts";
import { print } from "../output/output.ts";
import { warn } from "../output/warnings.ts";
import { checkedName } from "./keygen.ts";

interface PlaceOptions {
  readonly database?: string;
  readonly config: string;
}

interface AddOptions extends PlaceOptions, SignerOptions {
  readonly config: string;
  readonly chown?: boolean;
  readonly unchecked?: boolean;
}

interface ListOptions extends PlaceOptions {
  readonly json?: boolean;
}

export function domainsCommand(finish: (code: ExitCode) => void): Command {
  return new Command("domains")
    .summary("add, remove and list the domains that a running relay signs for")
    .description(
      "Change the table of domains, selectors and key files. Relays that are running use it from the next message on. Where a domain stands in it, its selectors and keys there replace those of the config.",
    )
    .addCommand(addCommand())
    .addCommand(removeCommand(finish))
    .addCommand(listCommand());
}

function withPlace(command: Command): Command {
  return command
    .option("--database <file>", "the table, an SQLite file (default: keys.database of the config)")
    .option("-c, --config <file>", "the config file", usualConfig);
}

function addCommand(): Command {
  return withSignerOptions(withPlace(new Command("add")))
    .summary("sign for a domain, or with another key")
    .description(
      "Add a selector of a domain, or give it another key file. The key stays where it is. It is read once now, and so does the relay that runs, or the permissions are looked at for its user: mail would wait with 451 for a key that it cannot read. A domain with several selectors gets a signature of each.",
    )
    .argument("<domain>", "the domain that will sign")
    .argument("<selector>", "the name of the key")
    .argument("<keyfile>", "the private key")
    .option(
      "--passphrase-file <file>",
      "opens an encrypted key now; a relay takes that of its config",
    )
    .option("--unchecked", "add it though the relay may not be able to read it yet")
    .addHelpText(
      "after",
      `
Exit: 0 added, 2 wrong use, 3 the key or the table cannot be used, by you or by the relay

Examples:
  mailseal domains add example.com mail2026 /etc/mailseal/keys/example.com/mail2026.key
  mailseal domains add example.com mail2026 mail2026.key --chown --relay-user mailseal`,
    )
    .action(async (domain: string, selector: string, keyFile: string, options: AddOptions) => {
      const name = checkedName(selector, domain);
      const path = resolve(keyFile);
      const key = await readKey(path, options);
      await checkRelay({ domain, selector, keyFile: path }, options);
      await withDatabase(options, "make", (database) => database.add(domain, selector, path));
      await print(`${name} signs with ${path} (${key.type}, ${key.bits} bits)\n`);
    });
}

/** Gives the key to the relay's user, if asked. Throws a `CommandFailure` for a key that the relay cannot use. */
async function checkRelay(key: KeyToCheck, options: AddOptions): Promise<void> {
  if (options.chown === true) await giveKey(key.keyFile, await signerOwner(key, options));
  if (options.unchecked === true) return;
  const check = await checkSigner(key, options);
  if (check.status === "unknown") warn(unknownSigner);
  if (check.status === "unusable") {
    throw new CommandFailure(
      exitCode.unreadable,
      `not added, since the relay could not use the key: ${check.problem}; --unchecked adds it anyway`,
    );
  }
}

function removeCommand(finish: (code: ExitCode) => void): Command {
  return withPlace(new Command("remove"))
    .summary("take a domain, or one of its selectors, out of the table")
    .description("Take a domain out of the table, or one of its selectors. The key file stays.")
    .argument("<domain>", "the domain")
    .argument("[selector]", "one selector; left out, all of them")
    .addHelpText(
      "after",
      `
Exit: 0 removed, 1 it was not there, 2 wrong use, 3 the table cannot be used

Example:
  mailseal domains remove example.com mail2025`,
    )
    .action(async (domain: string, selector: string | undefined, options: PlaceOptions) => {
      checkedName(selector ?? "any", domain);
      const removed = await withDatabase(options, "existing", (database) =>
        database.remove(domain, selector),
      );
      await print(`${removed} removed\n`);
      finish(removed > 0 ? exitCode.ok : exitCode.no);
    });
}

function listCommand(): Command {
  return withPlace(new Command("list"))
    .summary("show the table")
    .description("Show every domain and selector of the table, with its key file.")
    .option("--json", "print [{domain, selector, keyFile}] as JSON")
    .addHelpText(
      "after",
      `
Exit: 0 shown, 2 wrong use, 3 the table cannot be used

Example:
  mailseal domains list --database /var/lib/mailseal/keys.db`,
    )
    .action(async (options: ListOptions) => {
      const rows = await withDatabase(options, "existing", (database) => database.list());
      const shown = rows.map(({ domain, selector, keyFile }) => ({ domain, selector, keyFile }));
      const lines = shown.map(({ domain, selector, keyFile }) =>
        [domain, selector, keyFile].join("\t"),
      );
      await print(
        options.json === true
          ? `${JSON.stringify(shown)}\n`
          : lines.map((line) => `${line}\n`).join(""),
      );
    });
}

async function withDatabase<Value>(
  options: PlaceOptions,
  which: "make" | "existing",
  use: (database: KeyDatabase) => Value,
): Promise<Value> {
  const path = options.database ?? (await databaseOf(options.config));
  if (which === "existing" && !existsSync(path)) {
    throw new CommandFailure(
      exitCode.unreadable,
      `expected a key database at ${path}, there is no such file; mailseal domains add makes one`,
    );
  }
  // Imported where it is used: no other command needs SQLite.
  const { KeyDatabase: Database } = await import("@mailseal/policy/keys");
  let database: KeyDatabase | undefined;
  try {
    database = new Database(path);
    return use(database);
  } catch (error) {
    if (error instanceof MailsealError) {
      throw new CommandFailure(exitCode.unreadable, error.message);
    }
    throw error;
  } finally {
    database?.close();
  }
}

async function databaseOf(file: string): Promise<string> {
  const { formatProblem, loadConfig } = await import("@mailseal/config");
  const { config, problems } = await loadConfig(file, { environment: process.env });
  if (config === undefined) {
    const first = problems.find(({ level }) => level === "error");
    throw new CommandFailure(
      exitCode.unreadable,
      `expected --database, or a config that names keys.database; ${first === undefined ? file : formatProblem(file, first)}`,
    );
  }
  const { database } = config.keys;
  if (database === undefined) {
    throw new CommandFailure(
      exitCode.misuse,
      `expected --database, or keys.database in ${file}, which names none`,
    );
  }
  return database;
}
