import {
  dohResolver,
  nodeResolver,
  parseZone,
  staticResolver,
  type TxtResolver,
  wireResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import type { Command } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { readText } from "../files/input.ts";

/** Where DNS answers come from; shared by every command that looks keys up. */
export interface DnsOptions {
  readonly dns?: string;
  readonly resolver?: string;
  readonly doh?: string;
}

const maxZoneBytes = 64 * 1024 * 1024;

export function addDnsOptions(command: Command): Command {
  return command
    .option("--dns <file>", "answer from a zone instead: JSON (name -> TXT records) or a zone file")
    .option("--resolver <address>", "ask this DNS server, as in 192.0.2.53 or [2001:db8::53]:53")
    .option("--doh <url>", "ask over HTTPS (RFC 8484), as in https://dns.example/dns-query");
}

/** Throws a `CommandFailure` for a zone that cannot be used. */
export async function resolverFor(options: DnsOptions): Promise<TxtResolver> {
  const { dns, resolver, doh } = options;
  const given = [dns, resolver, doh].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw new CommandFailure(
      exitCode.misuse,
      "expected one of --dns, --resolver and --doh, got several: choose where to look",
    );
  }
  if (dns !== undefined) {
    return readZone(dns);
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

async function readZone(file: string): Promise<TxtResolver> {
  const text = await readText(file, maxZoneBytes);
  try {
    return staticResolver(/^\s*\{/.test(text) ? zoneFromJson(JSON.parse(text)) : parseZone(text));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new CommandFailure(exitCode.unreadable, `${file}: not valid JSON: ${error.message}`);
    }
    if (error instanceof MailsealError) {
      throw new CommandFailure(exitCode.unreadable, `${file}: ${error.message}`);
    }
    throw error;
  }
}
