import { join } from "node:path";
import { generateKeyAsync, KeyError, type PrivateKey } from "@mailseal/crypto";
import { formatZoneLine, lintKeyRecord } from "@mailseal/dns-record";
import { helpEnd } from "@mailseal/service/command-line";
import { Command, Option } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { writeSecret } from "../files/secret-file.ts";
import {
  addRecordOptions,
  type FormatOptions,
  formatOption,
  type RecordOptions,
  recordText,
} from "../options/key-record.ts";
import { addKeyNameOptions, checkedName, type KeyNameOptions } from "../options/key.ts";
import { count } from "../options/values.ts";
import { print, warn } from "../output/output.ts";

interface KeygenOptions extends KeyNameOptions, RecordOptions, FormatOptions {
  readonly type: "rsa" | "ed25519";
  readonly bits?: number;
  readonly dir: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function keygenCommand(): Command {
  const command = addKeyNameOptions(new Command("keygen"))
    .summary("create a key and its DNS record")
    .description(
      "Create a private key in <dir>/<domain>/<selector>.key (mode 0600) and print the DNS record to publish.",
    )
    .addOption(
      new Option("-t, --type <type>", "key type").choices(["rsa", "ed25519"]).default("rsa"),
    )
    .option("-b, --bits <bits>", "size of an RSA key (default: 2048)", count)
    .option("-o, --dir <dir>", "key directory", ".");
  return addRecordOptions(command)
    .addOption(formatOption())
    .option("--json", "print {name, record, zone, key, type, bits} as JSON")
    .option("-f, --force", "overwrite an existing key; this cannot be undone")
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "the key was written",
          1: "the key exists already and was not changed",
          3: "the key cannot be written",
        },
        examples: [
          "mailseal keygen -d example.com -s mail2026 -o /etc/mailseal/keys",
          "mailseal keygen -d example.com -s ed2026 --type ed25519 --format line",
        ],
      }),
    )
    .action(keygen);
}

async function keygen(options: KeygenOptions): Promise<void> {
  const name = checkedName(options);
  const key = await generate(options);
  const record = recordText(key.publicKey, options);
  // The checked name is lower case and cannot leave the directory.
  const [selector = "", domain = ""] = name.split("._domainkey.");
  const file = join(options.dir, domain, `${selector}.key`);
  await writeSecret(file, key.toPem(), options.force === true ? "replace" : "keep");
  await print(
    options.json === true
      ? `${JSON.stringify({ name, record, zone: formatZoneLine(name, record), key: file, type: key.type, bits: key.bits })}\n`
      : `Private key: ${file}\nPublish in DNS, at ${name}:\n\n${formatZoneLine(name, record, { style: options.format })}\n`,
  );
  for (const { code, message, advice } of lintKeyRecord(record)) {
    if (code === "key-too-short") {
      warn(`warning: ${message} ${advice}`);
    }
  }
}

async function generate({ type, bits }: KeygenOptions): Promise<PrivateKey> {
  if (type === "ed25519" && bits !== undefined) {
    throw new CommandFailure(
      exitCode.misuse,
      "--bits cannot be used with Ed25519, whose keys have one size; remove it, or use --type rsa",
    );
  }
  try {
    return await generateKeyAsync(
      type === "ed25519" ? { type } : { type, ...(bits === undefined ? {} : { bits }) },
    );
  } catch (error) {
    if (error instanceof KeyError) {
      throw new CommandFailure(exitCode.misuse, error.message);
    }
    throw error;
  }
}
