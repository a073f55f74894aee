import { Argument, Command, Option } from "commander";
import { completionCommand } from "../../../src/command-line/index.ts";

/** A program with every kind of command, option and argument. */
export function sampleProgram(): Command {
  const keys = new Command("keys")
    .summary("it's [all] about keys: \\ and $HOME")
    .option("--token <file>", "the token, for its commands too")
    .addCommand(
      new Command("add")
        .summary("add a key")
        .argument("<domain>", "the domain")
        .argument("<keyfile>", "the key"),
    )
    .addCommand(new Command("list").summary("list the keys").option("--json", "print [{a: 'b'}]"));
  return new Command("sample")
    .description("Try completion.")
    .version("1", "-V, --version", "print the version")
    .addCommand(
      new Command("sign")
        .summary("sign a message")
        .argument("[file...]", "the messages")
        .requiredOption("-k, --key <file>", "the key; repeat for another")
        .option("-o, --out <dir>", "the folder")
        .option("-d, --domain <domain>", "the domain")
        .option("--watch [seconds]", "again and again")
        .option("--no-subdomains", "no subdomains")
        .addOption(new Option("-t, --type <type>", "the type").choices(["rsa", "ed25519"])),
    )
    .addCommand(keys)
    .addCommand(
      new Command("check").addOption(
        new Option("--only <part...>", "only these").choices(["disk", "keys"]),
      ),
    )
    .addCommand(
      new Command("level").addArgument(new Argument("<level>", "").choices(["info", "warn"])),
    )
    .addCommand(completionCommand("sample"));
}
