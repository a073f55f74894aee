import { join } from "node:path";
import { generateKeyAsync, KeyError, type PrivateKey } from "@mailseal/crypto";
import { formatZoneLine, keyRecordName, lintKeyRecord } from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import { Command, Option } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { writeSecret } from "../files/secret-file.ts";
import { addRecordOptions, type RecordOptions, recordText } from "../options/key-record.ts";
import { count } from "../options/values.ts";
import { print } from "../output/output.ts";
import { warn } from "../output/warnings.ts";

interface KeygenOptions extends RecordOptions {
  readonly domain: string;
  readonly selector: string;
  readonly type: "rsa" | "ed25519";
  readonly bits?: number;
  readonly dir: string;
  readonly force?: boolean;
  readonly format: "zone" | "line";
  readonly json?: boolean;
}

export function keygenCommand(): Command {
  const command = new Command("keygen")
    .summary("make a key and the DNS record to publish")
    .description(
      "Write a new private key to <dir>/<domain>/<selector>.key (mode 0600) and print its DNS record.",
    )
    .requiredOption("-d, --domain <domain>", "the domain that will sign")
    .requiredOption("-s, --selector <selector>", "the name of this key, as in mail2026")
    .addOption(
      new Option("-t, --type <type>", "kind of key").choices(["rsa", "ed25519"]).default("rsa"),
    )
    .option("-b, --bits <bits>", "RSA key size (default: 2048)", count)
    .option("-o, --dir <dir>", "key directory", ".");
  return addRecordOptions(command)
    .addOption(
      new Option("--format <format>", "how to print the record")
        .choices(["zone", "line"])
        .default("zone"),
    )
    .option("--json", "print {name, record, zone, key} as JSON")
    .option("-f, --force", "overwrite an existing key, which cannot be undone")
    .addHelpText(
      "after",
      `
Exit: 0 written, 1 the key exists already, 2 wrong use, 3 it cannot be written

Examples:
  mailseal keygen -d example.com -s mail2026 -o /etc/mailseal/keys
  mailseal keygen -d example.com -s ed2026 --type ed25519 --format line`,
    )
    .action(keygen);
}

async function keygen(options: KeygenOptions): Promise<void> {
  const name = checkedName(options.selector, options.domain);
  const key = await generate(options);
  const record = recordText(key.publicKey, options);
  // The checked name is lower case and free of anything that could leave the directory.
  const [selector = "", domain = ""] = name.split("._domainkey.");
  const file = join(options.dir, domain, `${selector}.key`);
  await writeSecret(file, key.toPem(), options.force === true ? "overwrite" : "keep");
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

/** The owner name of the record, or a failure that says what is wrong with domain or selector. */
export function checkedName(selector: string, domain: string): string {
  try {
    return keyRecordName(selector, domain);
  } catch (error) {
    if (error instanceof MailsealError) {
      throw new CommandFailure(exitCode.misuse, error.message);
    }
    throw error;
  }
}

async function generate({ type, bits }: KeygenOptions): Promise<PrivateKey> {
  if (type === "ed25519" && bits !== undefined) {
    throw new CommandFailure(exitCode.misuse, "--bits is for RSA: Ed25519 keys have one size");
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
