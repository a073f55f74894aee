import { resolve } from "node:path";
import type { RotationSetup } from "@mailseal/rotation";
import { type Command, Option } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";

const publishMethods = ["zone", "update", "powerdns", "command"] as const;

/** Who puts key records into DNS, for every command that publishes them. */
export interface PublishOptions {
  readonly publish?: (typeof publishMethods)[number];
  readonly server?: string;
  readonly tsig?: string;
  readonly zone?: string;
  readonly api?: string;
  readonly apiKeyFile?: string;
  readonly publishCommand?: string;
}

/** `preset`: how the method is chosen without the option, for the help. */
export function addPublishOptions(command: Command, preset: string): Command {
  return command
    .addOption(
      new Option(
        "--publish <how>",
        `how to publish records: zone prints them for you to publish, update sends DNS updates (RFC 2136), powerdns uses the HTTP API of PowerDNS, command runs a program (default: ${preset})`,
      ).choices(publishMethods),
    )
    .option(
      "--server <address>",
      "for update: the primary DNS server, such as 192.0.2.53 or [::1]:5353",
    )
    .option("--tsig <file>", "for update: the TSIG key file, as written by tsig-keygen")
    .option(
      "--zone <name>",
      "for update and powerdns: the zone of the domain (default: the domain)",
    )
    .option("--api <url>", "for powerdns: the address of the API, such as http://127.0.0.1:8081")
    .option("--api-key-file <file>", "for powerdns: file whose first line is the API key")
    .option(
      "--publish-command <argv>",
      "for command: the program, or a JSON array of the program and its arguments",
    );
}

/** The method of the options, with absolute paths. Throws a `CommandFailure` if an option that it needs is missing. */
export function publishMethodOf(options: PublishOptions): RotationSetup["publish"] {
  const { publish = "zone", server, tsig, zone, api, apiKeyFile, publishCommand } = options;
  const ofZone = zone === undefined ? {} : { zone };
  switch (publish) {
    case "zone":
      return { method: "zone" };
    case "update":
      if (server === undefined || tsig === undefined) {
        throw misuse("--publish update needs a server and a key; give --server and --tsig");
      }
      return { method: "update", server, tsigKeyFile: resolve(tsig), ...ofZone };
    case "powerdns":
      if (api === undefined || apiKeyFile === undefined) {
        throw misuse(
          "--publish powerdns needs the address of the API and its key; give --api and --api-key-file",
        );
      }
      return { method: "powerdns", api, apiKeyFile: resolve(apiKeyFile), ...ofZone };
    case "command":
      if (publishCommand === undefined) {
        throw misuse("--publish command needs a program; give --publish-command");
      }
      return { method: "command", argv: argvOf(publishCommand) };
  }
}

/** A path, or a JSON array of the program and its arguments. Throws a `CommandFailure`. */
export function argvOf(text: string): readonly string[] {
  if (!text.startsWith("[")) return [resolve(text)];
  try {
    const argv: unknown = JSON.parse(text);
    const isArgv = Array.isArray(argv) && argv.length > 0;
    if (isArgv && argv.every((word): word is string => typeof word === "string")) return argv;
  } catch {
    // Reported below.
  }
  throw misuse(
    `the command ${JSON.stringify(text)} is not valid; expected a program, or a JSON array such as '["/usr/local/bin/dns", "-v"]'`,
  );
}

function misuse(message: string): CommandFailure {
  return new CommandFailure(exitCode.misuse, message);
}
