import { text } from "node:stream/consumers";
import { exitHelp, packageVersion, runCommandLine } from "@mailseal/service/command-line";
import { Command } from "commander";
import { hashPassword } from "./clients/user-file.ts";
import { demo } from "./commands/demo.ts";
import { check, run } from "./commands/run.ts";

/** Runs one command line and resolves to the exit code of the process. Never rejects. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command("mailseal-relay")
    .description("Sign and verify mail in flight, between an SMTP client and the next hop.")
    .version(packageVersion(import.meta.url))
    .option("-c, --config <file>", "the config file")
    .option("--check", "check the config, and that everything it names can be used")
    .action(async ({ config, check: onlyCheck }: { config?: string; check?: true }, command) => {
      if (config === undefined) {
        command.error("--config <file> is missing, or a command such as demo");
      } else {
        await (onlyCheck === true ? check(config) : run(config));
      }
    })
    .addHelpText("after", helpEnd);
  program
    .command("demo")
    .summary("try it without a config, with a next hop that verifies")
    .description(
      "Make keys in a temporary directory, accept mail on 127.0.0.1:2525 (on another port if that one is taken), sign it, and deliver it to a next hop that verifies it and prints the verdict. One sample message is sent at once. Ctrl-C ends it and removes the directory.",
    )
    .action(demo);
  program
    .command("hash-password")
    .summary("read a password on standard input and print its hash for a users file")
    .description(
      "Read a password on standard input and print its hash. A line of auth.usersFile is USER:, then the hash.",
    )
    .action(async () => {
      const password = (await text(process.stdin)).replace(/\r?\n$/, "");
      process.stdout.write(`${await hashPassword(password)}\n`);
    });
  return runCommandLine(program, args);
}

const helpEnd = `
Signals:
  SIGTERM, SIGINT  stop when messages in flight have ended
  SIGHUP           read the config again

${exitHelp}

Start with:
  mailseal-relay demo
  mailseal-relay --config /etc/mailseal/mailseal.yaml --check
  mailseal-relay --config /etc/mailseal/mailseal.yaml
  printf %s secret | mailseal-relay hash-password`;
