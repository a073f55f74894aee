import {
  completionCommand,
  environmentMeanings,
  exitMeanings,
  helpEnd,
  packageVersion,
  runCommandLine,
} from "@mailseal/service/command-line";
import { Command } from "commander";
import { check, health, run } from "./program.ts";

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
  return runCommandLine(workerCommand(), args);
}

/** The program with all of its commands. */
export function workerCommand(): Command {
  return new Command("mailseal-worker")
    .summary("deliver mail from the queue")
    .description("Deliver mail from the queue: sign, send, retry, and notify senders of failures.")
    .version(packageVersion(import.meta.url), "-V, --version", "print the version")
    .option("-c, --config <file>", "the config file")
    .option("--check", "check the config and everything that it names, then exit")
    .option("--health", "ask the worker that runs with this config whether it delivers, then exit")
    .action(async ({ config, check: isCheck, health: isHealth }: Options, command) => {
      // A required option would be required by the commands, too.
      if (config === undefined) {
        command.error("--config <file> is missing");
      } else {
        await (isCheck === true ? check(config) : isHealth === true ? health(config) : run(config));
      }
    })
    .addCommand(completionCommand("mailseal-worker"))
    .addHelpText(
      "after",
      helpEnd({
        signals: {
          "SIGTERM, SIGINT": "finish the deliveries in progress, then stop",
          SIGHUP: "reload the config",
        },
        files: {
          "/etc/mailseal/mailseal.yaml": "the config file of the systemd unit",
          "/etc/mailseal/keys/DOMAIN/SELECTOR.key": "private keys, as mailseal setup creates them",
          "/run/mailseal/worker.sock": "the admin server (worker.admin)",
        },
        environment: environmentMeanings,
        exit: exitMeanings,
        examples: [
          "mailseal-worker --config /etc/mailseal/mailseal.yaml --check",
          "mailseal-worker --config /etc/mailseal/mailseal.yaml",
        ],
      }),
    );
}
