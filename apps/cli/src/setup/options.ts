import { type Command, InvalidArgumentError, Option } from "commander";
import { addPublishOptions, type PublishOptions } from "../options/publishing.ts";
import { collect, domainName, duration } from "../options/values.ts";

const mailServers = ["postfix", "sendmail", "relay"] as const;
export type MailServer = (typeof mailServers)[number];

/** The flags of `mailseal setup`: every question has one. */
export interface SetupOptions extends PublishOptions {
  readonly domain?: readonly string[];
  readonly selector?: string;
  readonly ed25519?: boolean;
  readonly mta?: MailServer;
  readonly opendkim?: "import" | "keep";
  readonly listen?: string;
  readonly nextHop?: NextHopAddress;
  /** Seconds; false for `--no-wait`. */
  readonly wait: number | false;
  readonly test: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly undo?: boolean;
}

export interface NextHopAddress {
  readonly host: string;
  readonly port: number;
}

const defaultWaitSeconds = 3600;

export function addSetupOptions(command: Command): Command {
  const places = command
    .option(
      "-d, --domain <domain>",
      "the domain in From of your mail; can be given several times",
      (value: string, earlier?: readonly string[]) => collect(mailDomain(value), earlier),
    )
    .option("-s, --selector <selector>", "the name of the key in DNS (default: mail and the year)")
    .option("--ed25519", "also make an Ed25519 key, and sign with both")
    .option("--no-ed25519", "make an RSA key only (default)")
    .addOption(
      new Option(
        "--mta <server>",
        "the mail server: postfix, sendmail, or relay for none of them: a smart host (default: the one that is found)",
      ).choices(mailServers),
    )
    .addOption(
      new Option(
        "--opendkim <what>",
        "import: take over the configuration and the keys of OpenDKIM, and its place in the list of milters; keep: leave it alone (default: import)",
      ).choices(["import", "keep"]),
    )
    .option(
      "--listen <address>",
      "with --mta relay: the address that your programs send to (default: 127.0.0.1:2525)",
      listenAddress,
    )
    .option(
      "--next-hop <server>",
      "with --mta relay: the server that delivers the signed mail, such as smtp.example.net:587",
      nextHop,
    );
  return addPublishOptions(places, "as before, otherwise zone")
    .addOption(
      new Option("--wait <time>", "how long to wait until DNS publishes the key, such as 30m")
        .argParser(duration)
        .default(defaultWaitSeconds, "1h"),
    )
    .option("--no-wait", "look at DNS once, and do not wait")
    .option("--no-test", "send no test message")
    .option("-y, --yes", "ask nothing: take the default of every question without a flag")
    .option("--dry-run", "print each change as a diff or a command, and change nothing")
    .option("--undo", "take back what mailseal setup has done on this machine");
}

function mailDomain(value: string): string {
  const domain = domainName(value);
  if (domain.includes(".")) return domain;
  throw new InvalidArgumentError("expected a domain of the Internet, such as example.com");
}

function nextHop(value: string): NextHopAddress {
  const address = parseNextHop(value);
  if (address !== undefined) return address;
  throw new InvalidArgumentError("expected a host and a port, such as smtp.example.net:587");
}

/** Reads "smtp.example.net", "smtp.example.net:587" or "[2001:db8::1]:25"; undefined for anything else. */
export function parseNextHop(text: string): NextHopAddress | undefined {
  const [, bracketed, name, port = "25"] =
    /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? name;
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  return host === undefined || !isPort ? undefined : { host, port: Number(port) };
}

function listenAddress(value: string): string {
  const [, port] = /^(?:\[[0-9a-f:.]+\]|[^\s:/[\]]+):(\d{1,5})$/i.exec(value) ?? [];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new InvalidArgumentError("expected an address and a port, such as 127.0.0.1:2525");
  }
  return value;
}
