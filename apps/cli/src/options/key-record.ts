import type { PublicKey } from "@mailseal/crypto";
import { formatKeyRecord, type KeyRecordOptions } from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import { type Command, Option } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** The tags of a key record that the publisher chooses, for every command that writes a record. */
export interface RecordOptions {
  readonly testing?: boolean;
  /** False for `--no-subdomains`. */
  readonly subdomains: boolean;
  readonly hashes?: string;
  readonly services?: string;
  readonly notes?: string;
}

export function addRecordOptions(command: Command): Command {
  return command
    .option("--testing", "set t=y (testing): receivers treat the mail as unsigned")
    .option("--no-subdomains", "set t=s: the domain in i= must be the one in d=, not a subdomain")
    .option(
      "--hashes <list>",
      "set h=, the accepted hash algorithms, such as sha256 (default: all)",
    )
    .option("--services <list>", "set s=, the service types, such as email (default: all)")
    .option("--notes <text>", "set n=, a note that everybody can read");
}

/** How a record is printed: as a zone file entry, or as its plain text. */
export interface FormatOptions {
  readonly format: "zone" | "line";
}

export function formatOption(): Option {
  return new Option("--format <format>", "print the record as a zone file entry or as plain text")
    .choices(["zone", "line"])
    .default("zone");
}

/** The text of the record. Throws a `CommandFailure` for invalid tags. */
export function recordText(key: PublicKey, options: RecordOptions): string {
  const { testing, subdomains, hashes, services, notes } = options;
  const flags = [...(testing === true ? ["y"] : []), ...(subdomains ? [] : ["s"])];
  const tags: KeyRecordOptions = {
    ...(flags.length === 0 ? {} : { flags }),
    ...(hashes === undefined ? {} : { hashes: itemsOf(hashes) }),
    ...(services === undefined ? {} : { services: itemsOf(services) }),
    ...(notes === undefined ? {} : { notes }),
  };
  try {
    return formatKeyRecord(key, tags);
  } catch (error) {
    if (error instanceof MailsealError) {
      throw new CommandFailure(exitCode.misuse, error.message);
    }
    throw error;
  }
}

/** Splits `a:b`, as in the record, or `a,b`, as people write it. */
function itemsOf(list: string): readonly string[] {
  return list.split(/[:,]/).map((item) => item.trim());
}
