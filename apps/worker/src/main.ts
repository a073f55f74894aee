import { exitHelp, packageVersion, runCommandLine } from "@mailseal/service/command-line";
import { Command } from "commander";
import { check, run } from "./program.ts";

/** Runs one command line and resolves to the exit code of the process. Never rejects. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command("mailseal-worker")
    .description("Deliver mail from the queue: sign, send, retry, and notify senders of failures.")
    .version(packageVersion(import.meta.url))
    .requiredOption("-c, --config <file>", "the config file")
    .option("--check", "check the config, and that everything it names can be used")
    .action(async ({ config, check: onlyCheck }: { config: string; check?: true }) => {
      await (onlyCheck === true ? check(config) : run(config));
    })
    .addHelpText("after", helpEnd);
  return runCommandLine(program, args);
}

const helpEnd = `
Signals:
  SIGTERM, SIGINT  stop when the deliveries in progress have ended
  SIGHUP           read the config again

${exitHelp}`;
