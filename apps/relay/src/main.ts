import { text } from "node:stream/consumers";
import {
  completionCommand,
  environmentMeanings,
  exitMeanings,
  helpEnd,
  packageVersion,
  runCommandLine,
} from "@mailseal/service/command-line";
import { Command } from "commander";
import { hashPassword } from "./clients/user-file.ts";
import { demo } from "./commands/demo.ts";
import { check, health, run } from "./commands/run.ts";

interface Options {
  readonly config?: string;
  readonly check?: true;
  readonly health?: true;
}

/**
 * Runs one command line and resolves to the exit code of the process. Never rejects.
 *
 * ```ts
 * process.exitCode = await main(["--config", "/etc/mailseal/mailseal.yaml"]);
 * ```
 */
export function main(args: readonly string[]): Promise<number> {
  return runCommandLine(relayCommand(), args);
}

/** The program with all of its commands. */
export function relayCommand(): Command {
  const program = new Command("mailseal-relay")
    .summary("sign and verify mail in flight, by SMTP or as a milter")
    .description(
      "Sign and verify mail in flight: between an SMTP client and the next hop, or as a milter.",
    )
    .version(packageVersion(import.meta.url), "-V, --version", "print the version")
    .option("-c, --config <file>", "the config file")
    .option("--check", "check the config and everything that it names, then exit")
    .option("--health", "ask the relay that runs with this config whether it serves, then exit")
    .action(async ({ config, check: isCheck, health: isHealth }: Options, command) => {
      if (config === undefined) {
        command.error("--config <file> is missing, or a command such as demo");
      } else {
        await (isCheck === true ? check(config) : isHealth === true ? health(config) : run(config));
      }
    })
    .addHelpText(
      "after",
      helpEnd({
        signals: {
          "SIGTERM, SIGINT": "finish the messages in flight, then stop",
          SIGHUP: "reload the config",
        },
        files: {
          "/etc/mailseal/mailseal.yaml": "the config file of the systemd unit",
          "/etc/mailseal/keys/DOMAIN/SELECTOR.key": "private keys, as mailseal setup creates them",
          "/run/mailseal/admin.sock": "the admin server (admin.listen)",
          "/var/spool/postfix/mailseal/milter.sock": "the milter socket beside Postfix",
        },
        environment: environmentMeanings,
        exit: exitMeanings,
        examples: [
          "mailseal-relay demo",
          "mailseal-relay --config /etc/mailseal/mailseal.yaml --check",
          "mailseal-relay --config /etc/mailseal/mailseal.yaml",
          "printf %s secret | mailseal-relay hash-password",
        ],
      }),
    );
  program
    .command("demo")
    .summary("try the relay without a config; its next hop verifies")
    .description(
      "Create keys in a temporary directory, accept mail on 127.0.0.1:2525 (on another port if that one is taken), sign it, and deliver it to a next hop that verifies it and prints the verdict. One sample message is sent immediately. Ctrl-C stops the demo and removes the directory.",
    )
    .addHelpText(
      "after",
      helpEnd({
        signals: { "SIGTERM, SIGINT": "stop, and remove the directory" },
        exit: {
          0: "stopped as asked",
          3: "the directory cannot be written, or an unexpected error",
        },
        examples: ["mailseal-relay demo"],
      }),
    )
    .action(demo);
  program
    .command("hash-password")
    .summary("read a password and print its hash for a users file")
    .description(
      "Read a password on standard input and print its hash. Each line of auth.usersFile has the form USER:HASH.",
    )
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "the hash was printed", 1: "the password is empty" },
        examples: [
          "printf %s secret | mailseal-relay hash-password",
          'echo "joe:$(mailseal-relay hash-password < password)" >> /etc/mailseal/users',
        ],
      }),
    )
    .action(async () => {
      const password = (await text(process.stdin)).replace(/\r?\n$/, "");
      process.stdout.write(`${await hashPassword(password)}\n`);
    });
  return program.addCommand(completionCommand("mailseal-relay"));
}
