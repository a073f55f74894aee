import { MailsealError } from "@mailseal/errors";
import {
  completionCommand,
  type Ending,
  helpEnd,
  packageVersion,
  runCommandLine,
} from "@mailseal/service/command-line";
import { Command } from "commander";
import { configCommand } from "./commands/config.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { domainsCommand } from "./commands/domains.ts";
import { explainCommand } from "./commands/explain.ts";
import { importCommand } from "./commands/import.ts";
import { keygenCommand } from "./commands/keygen.ts";
import { queueCommand } from "./commands/queue.ts";
import { recordCommand } from "./commands/record.ts";
import { reloadCommand } from "./commands/reload.ts";
import { rotateCommand } from "./commands/rotate.ts";
import { setupCommand } from "./commands/setup.ts";
import { signCommand } from "./commands/sign.ts";
import { statsCommand } from "./commands/stats.ts";
import { testKeyCommand } from "./commands/test-key.ts";
import { verifyCommand } from "./commands/verify.ts";
import { CommandFailure, type ExitCode, exitCode } from "./exit-code.ts";
import { guardOutput, warn } from "./output/output.ts";

/**
 * Runs one command line and resolves to the exit code. Never rejects.
 *
 * ```ts
 * process.exitCode = await main(["verify", "message.eml"]);
 * ```
 */
export async function main(args: readonly string[]): Promise<number> {
  let code: ExitCode = exitCode.ok;
  const program = mailsealCommand((end) => {
    code = end;
  });
  const output = guardOutput();
  const end = await runCommandLine(program, args, { endingOf, complain: warn, output });
  return end === exitCode.ok ? code : end;
}

/** The program with all of its commands. `finish` gets the exit code of a command that throws nothing. */
export function mailsealCommand(finish: (code: ExitCode) => void): Command {
  return new Command("mailseal")
    .summary("manage DKIM keys, sign and verify mail, operate relays and queues")
    .description(
      "Manage DKIM keys and their DNS records, sign and verify messages, and operate relays, workers and queues.",
    )
    .version(packageVersion(import.meta.url), "-V, --version", "print the version")
    .addCommand(setupCommand(finish))
    .addCommand(keygenCommand())
    .addCommand(signCommand())
    .addCommand(verifyCommand(finish))
    .addCommand(explainCommand(finish))
    .addCommand(recordCommand(finish))
    .addCommand(testKeyCommand(finish))
    .addCommand(configCommand(finish))
    .addCommand(doctorCommand(finish))
    .addCommand(domainsCommand(finish))
    .addCommand(rotateCommand(finish))
    .addCommand(queueCommand(finish))
    .addCommand(importCommand(finish))
    .addCommand(statsCommand())
    .addCommand(reloadCommand())
    .addCommand(demoCommand(finish))
    .addCommand(completionCommand("mailseal"))
    .addHelpText(
      "after",
      helpEnd({
        environment: {
          NO_COLOR: "if it is set, print no colours",
          FORCE_COLOR: "if it is set to 1, print colours even if the output is not a terminal",
        },
        exit: {
          0: "success",
          1: "the answer is no: a signature does not pass, the keys differ, or a message cannot be signed",
          3: "something cannot be read or written",
          75: "a temporary failure; try again later",
        },
        examples: [
          "mailseal demo",
          "sudo mailseal setup",
          "mailseal keygen -d example.com -s mail2026 -o keys",
          "mailseal sign -d example.com -s mail2026 -k keys/example.com/mail2026.key < in.eml > out.eml",
          "mailseal verify out.eml",
        ],
      }),
    );
}

function endingOf(error: unknown): Ending | undefined {
  if (error instanceof CommandFailure) {
    return { exitCode: error.exitCode, lines: [error.message, ...error.more] };
  }
  // A command turns errors with another exit code into a `CommandFailure`.
  return error instanceof MailsealError
    ? { exitCode: exitCode.unreadable, lines: [error.message] }
    : undefined;
}
