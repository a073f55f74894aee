import type { PublicKey } from "@mailseal/crypto";
import { formatKeyRecord, type KeyRecordOptions } from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import type { Command } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** The tags of a key record that its publisher chooses; shared by every command that writes one. */
export interface RecordOptions {
  readonly testing?: boolean;
  /** Commander's form of --no-subdomains. */
  readonly subdomains: boolean;
  readonly hashes?: string;
  readonly services?: string;
  readonly notes?: string;
}

export function addRecordOptions(command: Command): Command {
  return command
    .option("--testing", "publish with t=y: receivers treat the mail as unsigned")
    .option("--no-subdomains", "publish with t=s: i= may name no subdomain of d=")
    .option("--hashes <list>", "publish with h=, as in sha256 (default: every hash)")
    .option("--services <list>", "publish with s=, as in email (default: every service)")
    .option("--notes <text>", "publish with n=, a note for people, which everybody can read");
}

/** The record's text. Throws a `CommandFailure` for tags that no record may have. */
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

/** As the record has it, `a:b`, or as people write it, `a,b`. */
function itemsOf(list: string): readonly string[] {
  return list.split(/[:,]/).map((item) => item.trim());
}
