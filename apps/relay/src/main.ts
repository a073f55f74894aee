import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { MailsealError } from "@mailseal/errors";
import { QueueError } from "@mailseal/queue";
import { guardStandardOutput } from "@mailseal/service/standard-output";
import { Command, CommanderError } from "commander";
import { hashPassword } from "./clients/user-file.ts";
import { demo } from "./commands/demo.ts";
import { check, run } from "./commands/run.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { packageFile } from "./package-file.ts";

/** Runs one command line and resolves to the exit code of the process. Never throws. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const program = new Command("mailseal-relay")
    .description("Sign and verify mail in flight, between an SMTP client and the next hop.")
    .version(version())
    .option("-c, --config <file>", "the config file")
    .option("--check", "check the config and what it names, and end")
    .action(async ({ config, check: onlyCheck }: { config?: string; check?: true }, command) => {
      if (config === undefined) {
        command.error('expected --config FILE, or "demo"');
      } else {
        await (onlyCheck === true ? check(config) : run(config));
      }
    })
    .addHelpText("after", helpEnd);
  program
    .command("demo")
    .summary("run without a config, with a sink that verifies what arrives")
    .description(
      "Make keys in a temporary directory, sign what comes to 127.0.0.1:2525, or another port where that is taken, and hand it to a sink that verifies it and prints the verdict. One message is sent at once. Ctrl-C ends it and removes the directory.",
    )
    .action(demo);
  program
    .command("hash-password")
    .summary("read a password on standard input and print its hash for a users file")
    .description(
      "Read a password on standard input and print its hash: what stands after USER: in a line of auth.usersFile.",
    )
    .action(async () => {
      const password = (await text(process.stdin)).replace(/\r?\n$/, "");
      process.stdout.write(`${await hashPassword(password)}\n`);
    });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ outputError: () => undefined });
  }
  const output = guardStandardOutput();
  const code = await program
    .parseAsync(args, { from: "user" })
    .then((): ExitCode => exitCode.ok, endOf);
  const ended = await output.flush();
  if (ended?.kind !== "failed") {
    return code;
  }
  complain(ended.message);
  return code === exitCode.ok ? exitCode.failure : code;
}

const helpEnd = `
Signals:
  SIGTERM, SIGINT  end it when messages in flight are done
  SIGHUP           reads the config again

Exit:
  0  ended as asked, or the config is good
  1  the config or a file it names cannot be used
  2  wrong use
  3  something failed that should not

Start with:
  mailseal-relay demo
  mailseal-relay --config /etc/mailseal.yaml --check
  mailseal-relay --config /etc/mailseal.yaml
  printf %s secret | mailseal-relay hash-password`;

function endOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) {
      return exitCode.ok;
    }
    complain(`${error.message.replace(/^error: /, "").replace(/\.$/, "")}; see --help`);
    return exitCode.misuse;
  }
  if (error instanceof MailsealError || error instanceof QueueError) {
    complain(error.message);
    return exitCode.config;
  }
  complain(
    error instanceof Error ? `unexpected failure, please report it: ${error.stack}` : String(error),
  );
  return exitCode.failure;
}

function complain(message: string): void {
  process.stderr.write(`mailseal-relay: ${message}\n`);
}

function version(): string {
  const { version: number } = JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as {
    version: string;
  };
  return number;
}
