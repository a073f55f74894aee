import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { MailsealError } from "@mailseal/errors";
import type { KeyDatabase } from "@mailseal/policy/keys";
import type { KeyToCheck } from "@mailseal/service/admin-client";
import { helpEnd } from "@mailseal/service/command-line";
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
import { configThatNames, defaultConfig } from "../files/config-file.ts";
import { readKey } from "../files/key-file.ts";
import { checkedName } from "../options/key.ts";
import { print, warn } from "../output/output.ts";

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
    .summary("add, remove or list the domains that running relays sign for")
    .description(
      "Change the table of domains, selectors and key files. Running relays use it from the next message on. For a domain in the table, its selectors and keys replace those in the config.",
    )
    .addCommand(addCommand())
    .addCommand(removeCommand(finish))
    .addCommand(listCommand());
}

function withPlace(command: Command): Command {
  return command
    .option("--database <file>", "the table: an SQLite file (default: keys.database in the config)")
    .option("-c, --config <file>", "the config file", defaultConfig);
}

function addCommand(): Command {
  return withSignerOptions(withPlace(new Command("add")))
    .summary("add a domain or a selector, or change its key file")
    .description(
      "Add a selector of a domain, or give it another key file. The key file stays where it is. The command checks that the running relay can use the key, because mail is deferred with 451 if it cannot; if no relay answers, it checks the file permissions for the user of the relay. Mail of a domain with several selectors gets one signature per selector.",
    )
    .argument("<domain>", "the signing domain")
    .argument("<selector>", "the selector of the key")
    .argument("<keyfile>", "the private key file")
    .option(
      "--passphrase-file <file>",
      "file whose first line is the passphrase of the key; the relay uses the one in its config",
    )
    .option("--unchecked", "add the key even if the relay cannot read it yet")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the selector was added",
          3: "the key or the table cannot be used, by you or by the relay",
        },
        examples: [
          "mailseal domains add example.com mail2026 /etc/mailseal/keys/example.com/mail2026.key",
          "mailseal domains add example.com mail2026 mail2026.key --chown --relay-user mailseal",
        ],
      }),
    )
    .action(async (domain: string, selector: string, keyFile: string, options: AddOptions) => {
      const name = checkedName({ selector, domain });
      const path = resolve(keyFile);
      const key = await readKey(path, options);
      await checkRelay({ domain, selector, keyFile: path }, options);
      await withDatabase(options, "make", (database) => database.add(domain, selector, path));
      await print(`${name} signs with ${path} (${key.type}, ${key.bits} bits)\n`);
    });
}

/** Gives the key to the relay's user if `--chown` is set. Throws a `CommandFailure` for a key that the relay cannot use. */
async function checkRelay(key: KeyToCheck, options: AddOptions): Promise<void> {
  if (options.chown === true) await giveKey(key.keyFile, await signerOwner(key, options));
  if (options.unchecked === true) return;
  const check = await checkSigner(key, options);
  if (check.status === "unknown") warn(unknownSigner);
  if (check.status === "unusable") {
    throw new CommandFailure(
      exitCode.unreadable,
      `not added, because the relay cannot use the key: ${check.problem}; --unchecked adds it anyway`,
    );
  }
}

function removeCommand(finish: (code: ExitCode) => void): Command {
  return withPlace(new Command("remove"))
    .summary("remove a domain or a selector from the table")
    .description("Remove a domain, or one of its selectors, from the table. The key file is kept.")
    .argument("<domain>", "the domain")
    .argument("[selector]", "the selector (default: every selector of the domain)")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the rows were removed",
          1: "there was nothing to remove",
          3: "the table cannot be used",
        },
        examples: ["mailseal domains remove example.com mail2025"],
      }),
    )
    .action(async (domain: string, selector: string | undefined, options: PlaceOptions) => {
      checkedName({ selector: selector ?? "any", domain });
      const removed = await withDatabase(options, "existing", (database) =>
        database.remove(domain, selector),
      );
      await print(`${removed} removed\n`);
      finish(removed > 0 ? exitCode.ok : exitCode.no);
    });
}

function listCommand(): Command {
  return withPlace(new Command("list"))
    .summary("print the table")
    .description("Print every domain and selector in the table with its key file.")
    .option("--json", "print [{domain, selector, keyFile}] as JSON")
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "the table was printed", 3: "the table cannot be used" },
        examples: ["mailseal domains list --database /var/lib/mailseal/keys.db"],
      }),
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
      `there is no key database at ${path}; create one with mailseal domains add`,
    );
  }
  // Imported here, because no other command needs SQLite.
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
  const { keys } = await configThatNames("the key database", file, "--database");
  if (keys.database !== undefined) return keys.database;
  throw new CommandFailure(
    exitCode.misuse,
    `cannot find the key database: ${file} has no keys.database; set it there, or give --database`,
  );
}
