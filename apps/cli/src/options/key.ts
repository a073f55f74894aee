import { keyRecordName } from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import type { Command } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** A key is published, and found, by its domain and selector. */
export interface KeyNameOptions {
  readonly domain: string;
  readonly selector: string;
}

/** A private key, and the name under which DNS publishes its public key. */
export interface KeyOptions extends KeyNameOptions {
  readonly key: string;
  readonly passphraseFile?: string;
}

export function addKeyNameOptions(command: Command): Command {
  return command
    .requiredOption("-d, --domain <domain>", "the signing domain")
    .requiredOption(
      "-s, --selector <selector>",
      "the selector: the name of the key, such as mail2026",
    );
}

export function addKeyOptions(command: Command): Command {
  return addKeyNameOptions(command)
    .requiredOption("-k, --key <file>", "private key file")
    .option("--passphrase-file <file>", "file whose first line is the passphrase of the key");
}

/** The DNS name of a key record. Throws a `CommandFailure` for an invalid domain or selector. */
export function checkedName({ selector, domain }: KeyNameOptions): string {
  try {
    return keyRecordName(selector, domain);
  } catch (error) {
    if (error instanceof MailsealError) {
      throw new CommandFailure(exitCode.misuse, error.message);
    }
    throw error;
  }
}
