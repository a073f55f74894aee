import process from "node:process";
import { helpEnd } from "@mailseal/service/command-line";
import { Command } from "commander";
import { CommandFailure, type ExitCode, exitCode } from "../exit-code.ts";
import { thisHost } from "../host/host.ts";
import { addSetupOptions, type SetupOptions } from "../setup/options.ts";

export function setupCommand(finish: (code: ExitCode) => void): Command {
  return addSetupOptions(new Command("setup"))
    .summary("set up signing beside Postfix or Sendmail, from nothing to signed mail")
    .description(
      "Set up this machine to sign mail: find the mail server, make a key, write the config, connect the relay, show the record to publish, wait until DNS publishes it, and send a test message through the mail server. It asks a few questions, each of which has an option, and shows every change before it is made. Mail stays unsigned until DNS publishes the key. It can be repeated at any time, and changes only what is missing.",
    )
    .addHelpText(
      "after",
      helpEnd({
        exit: {
          0: "done; with --no-wait, DNS may have yet to publish the key",
          1: "the test message is not signed as it should be, you did not agree, or --undo had to keep something",
          3: "something cannot be read, written or started",
          75: "DNS does not publish the key yet; run the command again to wait on",
        },
        examples: [
          "sudo mailseal setup",
          "sudo mailseal setup --dry-run",
          "sudo mailseal setup --yes --domain example.com --selector mail2026 --ed25519",
          "sudo mailseal setup --yes --mta relay --domain example.com --next-hop smtp.example.net:587",
          "sudo mailseal setup --undo",
        ],
      }),
    )
    .action(async (options: SetupOptions) => {
      if (options.dryRun !== true && process.geteuid?.() !== 0) {
        throw new CommandFailure(
          exitCode.unreadable,
          "only root can set up the mail server; run sudo mailseal setup, or look at the changes with --dry-run",
        );
      }
      finish(await run(options));
    });
}

async function run(options: SetupOptions): Promise<ExitCode> {
  // Loaded here, because no other command needs them.
  const { SetupError } = await import("../setup/setup-error.ts");
  const isOnTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const asks = isOnTerminal && options.yes !== true;
  const dialogue = asks
    ? (await import("../setup/terminal-dialogue.ts")).terminalDialogue()
    : (await import("../setup/dialogue.ts")).plainDialogue();
  try {
    return options.undo === true
      ? await (await import("../setup/undo.ts")).undoSetup(thisHost, options, dialogue)
      : await (await import("../setup/setup.ts")).setUp(thisHost, options, dialogue);
  } catch (error) {
    if (isSystemError(error)) {
      throw new CommandFailure(
        exitCode.unreadable,
        `${error.message}; ${options.dryRun === true ? "run it as root" : "repair this, then run mailseal setup again: it goes on from here"}`,
      );
    }
    if (!(error instanceof SetupError)) throw error;
    throw new CommandFailure(
      error.isTemporary ? exitCode.temporary : exitCode.unreadable,
      error.message,
    );
  }
}

/** The error of a system call, such as a full disk. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
