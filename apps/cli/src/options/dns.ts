import {
  dohResolver,
  nodeResolver,
  readZone,
  staticResolver,
  type TxtResolver,
  wireResolver,
} from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import type { Command } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { readText } from "../files/input.ts";

/** The source of DNS answers, for every command that looks up keys. */
export interface DnsOptions {
  readonly dns?: string;
  readonly resolver?: string;
  readonly doh?: string;
}

const maxZoneBytes = 64 * 1024 * 1024;

export function addDnsOptions(command: Command): Command {
  return command
    .option(
      "--dns <file>",
      "answer lookups from this file: a zone file, or JSON that maps names to TXT records",
    )
    .option("--resolver <address>", "use this DNS server, such as 192.0.2.53 or [2001:db8::53]:53")
    .option("--doh <url>", "use DNS over HTTPS (RFC 8484), such as https://dns.example/dns-query");
}

/** Throws a `CommandFailure` for a zone that cannot be used. */
export async function resolverFor(options: DnsOptions): Promise<TxtResolver> {
  const { dns, resolver, doh } = options;
  const given = [dns, resolver, doh].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw new CommandFailure(
      exitCode.misuse,
      "--dns, --resolver and --doh exclude each other; give only one",
    );
  }
  if (dns !== undefined) {
    return zoneResolver(dns);
  }
  try {
    if (resolver !== undefined) {
      return wireResolver({ servers: [resolver] });
    }
    return doh === undefined ? nodeResolver() : dohResolver({ url: doh });
  } catch (error) {
    if (error instanceof MailsealError || error instanceof TypeError) {
      throw new CommandFailure(exitCode.misuse, error.message);
    }
    throw error;
  }
}

async function zoneResolver(file: string): Promise<TxtResolver> {
  const text = await readText(file, maxZoneBytes);
  try {
    return staticResolver(readZone(text));
  } catch (error) {
    if (error instanceof MailsealError) {
      throw new CommandFailure(exitCode.unreadable, `${file}: ${error.message}`);
    }
    throw error;
  }
}
