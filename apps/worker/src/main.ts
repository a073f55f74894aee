import {
  exitMeanings,
  helpEnd,
  packageVersion,
  runCommandLine,
} from "@mailseal/service/command-line";
import { Command } from "commander";
import { check, run } from "./program.ts";

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
    .action(async ({ config, check: onlyCheck }: { config: string; check?: true }) => {
      await (onlyCheck === true ? check(config) : run(config));
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
