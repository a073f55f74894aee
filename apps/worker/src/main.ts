import {
  exitMeanings,
  helpEnd,
  packageVersion,
  runCommandLine,
} from "@mailseal/service/command-line";
import { Command } from "commander";
import { check, health, run } from "./program.ts";

interface Options {
  readonly config: string;
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
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command("mailseal-worker")
    .description("Deliver mail from the queue: sign, send, retry, and notify senders of failures.")
    .version(packageVersion(import.meta.url), "-V, --version", "print the version")
    .requiredOption("-c, --config <file>", "the config file")
    .option("--check", "check the config and everything that it names, then exit")
    .option("--health", "ask the worker that runs with this config whether it delivers, then exit")
    .action(async ({ config, check: isCheck, health: isHealth }: Options) => {
      await (isCheck === true ? check(config) : isHealth === true ? health(config) : run(config));
    })
    .addHelpText(
      "after",
      helpEnd({
        signals: {
          "SIGTERM, SIGINT": "finish the deliveries in progress, then stop",
          SIGHUP: "reload the config",
        },
        exit: exitMeanings,
        examples: [
          "mailseal-worker --config /etc/mailseal/mailseal.yaml --check",
          "mailseal-worker --config /etc/mailseal/mailseal.yaml",
        ],
      }),
    );
  return runCommandLine(program, args);
}
