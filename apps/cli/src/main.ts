import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { configCommand } from "./commands/config.ts";
import { demoCommand } from "./commands/demo.ts";
import { domainsCommand } from "./commands/domains.ts";
import { explainCommand } from "./commands/explain.ts";
import { importCommand } from "./commands/import.ts";
import { keygenCommand } from "./commands/keygen.ts";
import { queueCommand } from "./commands/queue.ts";
import { recordCommand } from "./commands/record.ts";
import { reloadCommand } from "./commands/reload.ts";
import { rotateCommand } from "./commands/rotate.ts";
import { signCommand } from "./commands/sign.ts";
import { statsCommand } from "./commands/stats.ts";
import { testKeyCommand } from "./commands/test-key.ts";
import { verifyCommand } from "./commands/verify.ts";
import { CommandFailure, type ExitCode, exitCode } from "./exit-code.ts";
import { fitHelp, helpEnd } from "./output/help.ts";
import { flushOutput, guardOutput, warn } from "./output/output.ts";
import { packageFile } from "./package-file.ts";

/** Runs one command line and resolves to the exit code. Never rejects. */
export async function main(args: readonly string[]): Promise<number> {
  let code: ExitCode = exitCode.ok;
  const finish = (end: ExitCode): void => {
    code = end;
  };
  const program = new Command("mailseal")
    .description("DKIM at the command line: keys, DNS records, signing and verification.")
    .version(version())
    .addCommand(keygenCommand())
    .addCommand(signCommand())
    .addCommand(verifyCommand(finish))
    .addCommand(explainCommand(finish))
    .addCommand(recordCommand(finish))
    .addCommand(testKeyCommand(finish))
    .addCommand(configCommand(finish))
    .addCommand(domainsCommand(finish))
    .addCommand(rotateCommand(finish))
    .addCommand(queueCommand(finish))
    .addCommand(importCommand(finish))
    .addCommand(statsCommand())
    .addCommand(reloadCommand())
    .addCommand(demoCommand(finish))
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "yes, or done",
          1: "no",
          3: "something cannot be read or written",
          75: "a temporary failure; try again later",
        },
        examples: [
          "mailseal demo",
          "mailseal keygen -d example.com -s mail2026 -o keys",
          "mailseal sign -d example.com -s mail2026 -k keys/example.com/mail2026.key < in.eml > out.eml",
          "mailseal verify out.eml",
        ],
      }),
    );
  oneLineErrors(program);
  fitHelp(program);
  guardOutput();
  try {
    await run(program, args);
    await flushOutput();
    return code;
  } catch (error) {
    return endOf(error);
  }
}

async function run(program: Command, args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    // Help or version: already printed.
    if (!(error instanceof CommanderError && error.exitCode === 0)) {
      throw error;
    }
  }
}

/** Silences Commander's own error output: `endOf` prints each error in one line. */
function oneLineErrors(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  for (const subcommand of command.commands) {
    oneLineErrors(subcommand);
  }
}

function endOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    if (error.code !== "commander.help") {
      warn(`${error.message.replace(/^error: /, "").replaceAll("\n", " ")}; see --help`);
    }
    return exitCode.misuse;
  }
  if (error instanceof CommandFailure) {
    [error.message, ...error.more].forEach(warn);
    return error.exitCode;
  }
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  warn(`unexpected error: ${cause}; please report it`);
  return exitCode.unreadable;
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as {
    version: string;
  };
  return text;
}
