import { readFileSync } from "node:fs";
import { MailsealError } from "@mailseal/errors";
import { QueueError } from "@mailseal/queue";
import { guardStandardOutput } from "@mailseal/service/standard-output";
import { Command, CommanderError } from "commander";
import { check, run } from "./program.ts";

/** Runs one command line and resolves to the exit code of the process. Never throws. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command("mailseal-worker")
    .description("Deliver mail from the queue: sign, send, try again, tell the sender.")
    .version(version())
    .requiredOption("-c, --config <file>", "the config file")
    .option("--check", "check the config and what it names, and end")
    .action(async ({ config, check: onlyCheck }: { config: string; check?: true }) => {
      await (onlyCheck === true ? check(config) : run(config));
    })
    .addHelpText(
      "after",
      `
Signals: SIGTERM and SIGINT end it when deliveries under way are done, SIGHUP reads the config again.
Exit: 0 ended as asked, or the config is good; 1 the config, a file it names or the queue cannot be used;
      2 wrong use; 3 something failed that should not`,
    )
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  const output = guardStandardOutput();
  const code = await program.parseAsync(args, { from: "user" }).then((): number => 0, endOf);
  const ended = await output.flush();
  if (ended?.kind !== "failed") {
    return code;
  }
  complain(ended.message);
  return code === 0 ? 3 : code;
}

function endOf(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode !== 0) complain(`${error.message.replace(/^error: /, "")}; see --help`);
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof MailsealError || error instanceof QueueError) {
    complain(error.message);
    return 1;
  }
  complain(
    `unexpected failure, please report it: ${error instanceof Error ? error.stack : String(error)}`,
  );
  return 3;
}

function complain(message: string): void {
  process.stderr.write(`mailseal-worker: ${message}\n`);
}

function version(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
