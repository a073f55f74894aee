import { hostname } from "node:os";
import { explain, type Explanation } from "@mailseal/verifier/explain";
import { Command } from "commander";
import { CommandFailure, type ExitCode, exitCode, worst } from "../exit-code.ts";
import { asUnusable, readWhole, standardInput } from "../files/input.ts";
import { addDnsOptions, type DnsOptions, resolverFor } from "../options/dns.ts";
import { authservId, count, unixSeconds } from "../options/values.ts";
import { explanationText } from "../output/explanation-text.ts";
import { print } from "../output/output.ts";
import { explanationJson } from "../output/report-json.ts";
import { warn } from "../output/warnings.ts";
import { codeOfReport } from "./verify.ts";

interface ExplainCommandOptions extends DnsOptions {
  readonly json?: boolean;
  readonly now?: number;
  readonly authservId?: string;
  readonly maxHypotheses?: number;
  readonly maxMs?: number;
}

/** The message and its altered copies are in memory. */
const maxMessageBytes = 64 * 1024 * 1024;

export function explainCommand(finish: (code: ExitCode) => void): Command {
  const command = new Command("explain")
    .summary("say why signatures broke, with proof")
    .description(
      "Say why the signatures of a message do not pass: what was changed on the way, shown as a diff from what was signed to what was received. Every cause was tested by undoing it; what cannot be proven is called not-determined.",
    )
    .argument("[file...]", "messages; - or nothing is standard input", [standardInput])
    .option("--json", "one JSON object for each file, one a line: that of verify, with causes")
    .option("--now <seconds>", "the time to verify at, Unix seconds (default: now)", unixSeconds)
    .option("--max-hypotheses <n>", "test at most so many for a message (default: 20000)", count)
    .option(
      "--max-ms <n>",
      "spend at most so many milliseconds on a message (default: 2000)",
      count,
    )
    .option(
      "--authserv-id <name>",
      "who verifies, in Authentication-Results (default: host name)",
      authservId,
    );
  return addDnsOptions(command)
    .addHelpText(
      "after",
      `
Exit: 0 some signature of each message passes, 1 of some message none does,
      2 wrong use, 3 a file cannot be read, 75 DNS failed for the time being

Examples:
  mailseal explain message.eml
  mailseal explain --json --dns zone.json --now 1767225600 message.eml`,
    )
    .action(async (files: string[], options: ExplainCommandOptions) => {
      const resolver = await resolverFor(options);
      let end: ExitCode = exitCode.ok;
      for (const file of files) {
        end = worst(end, await explainFile(file, options, resolver));
      }
      finish(end);
    });
}

/** An unreadable file is told and does not keep the others from being explained. */
async function explainFile(
  file: string,
  options: ExplainCommandOptions,
  keys: Awaited<ReturnType<typeof resolverFor>>,
): Promise<ExitCode> {
  let explanation: Explanation;
  try {
    explanation = await explain(await readWhole(file, maxMessageBytes), {
      keys,
      ...(options.now === undefined ? {} : { now: options.now }),
      ...(options.maxHypotheses === undefined ? {} : { maxHypotheses: options.maxHypotheses }),
      ...(options.maxMs === undefined ? {} : { maxMilliseconds: options.maxMs }),
    });
  } catch (error) {
    const failure = asUnusable(file, error);
    if (failure instanceof CommandFailure) {
      warn(failure.message);
      return failure.exitCode;
    }
    throw failure;
  }
  await print(
    options.json === true
      ? `${JSON.stringify(explanationJson(file, explanation, options.authservId ?? hostname()))}\n`
      : `${explanationText(file, explanation)}\n`,
  );
  return codeOfReport(explanation);
}
