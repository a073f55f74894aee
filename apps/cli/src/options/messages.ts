import { hostname } from "node:os";
import type { VerificationReport } from "@mailseal/verifier";
import { Argument, type Command } from "commander";
import { CommandFailure, type ExitCode, exitCode, worst } from "../exit-code.ts";
import { asUnusable, standardInput } from "../files/input.ts";
import { print, warn } from "../output/output.ts";
import { addDnsOptions, type DnsOptions } from "./dns.ts";
import { authservId, unixSeconds } from "./values.ts";

/** The options of the commands that verify message files. */
export interface MessageOptions extends DnsOptions {
  readonly json?: boolean;
  readonly now?: number;
  readonly authservId?: string;
}

/** The exit codes of these commands, for their help. */
export const messageExits = {
  0: "every message has a passing signature",
  1: "at least one message has none",
  3: "a file cannot be read",
  75: "DNS failed; try again later",
} as const;

export function addMessageOptions(command: Command): Command {
  return addDnsOptions(
    command
      .addArgument(
        new Argument("[file...]", "message files; - reads standard input").default(
          [standardInput],
          "standard input",
        ),
      )
      .option("--json", "print one JSON object per file, one per line")
      .option("--now <seconds>", "verify at this time in Unix seconds (default: now)", unixSeconds)
      .option(
        "--authserv-id <name>",
        "name of the verifier in Authentication-Results (default: host name)",
        authservId,
      ),
  );
}

interface Examiner<Report> {
  readonly examine: (file: string) => Promise<Report>;
  readonly text: (file: string, report: Report) => string;
  readonly json: (file: string, report: Report, authservId: string) => unknown;
}

/**
 * Examines each file, prints its report, and resolves to the worst exit code. A file that cannot be read gets one line
 * on standard error and does not stop the others.
 */
export async function reportEach<Report extends VerificationReport>(
  files: readonly string[],
  options: MessageOptions,
  { examine, text, json }: Examiner<Report>,
): Promise<ExitCode> {
  const name = options.authservId ?? hostname();
  let end: ExitCode = exitCode.ok;
  for (const file of files) {
    const report = await examine(file).catch((error: unknown) => unusable(file, error));
    if (report instanceof CommandFailure) {
      warn(report.message);
      end = worst(end, report.exitCode);
      continue;
    }
    const shown =
      options.json === true ? JSON.stringify(json(file, report, name)) : text(file, report);
    await print(`${shown}\n`);
    end = worst(end, codeOfReport(report));
  }
  return end;
}

function unusable(file: string, error: unknown): CommandFailure {
  const failure = asUnusable(file, error);
  if (failure instanceof CommandFailure) return failure;
  throw failure;
}

function codeOfReport({ signatures }: VerificationReport): ExitCode {
  if (signatures.some(({ result }) => result === "pass")) {
    return exitCode.ok;
  }
  return signatures.some(({ result }) => result === "temperror") ? exitCode.temporary : exitCode.no;
}
