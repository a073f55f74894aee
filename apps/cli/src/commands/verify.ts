import { hostname } from "node:os";
import { keySource } from "@mailseal/dns-record";
import { Verification, type VerificationReport } from "@mailseal/verifier";
import { Command } from "commander";
import { CommandFailure, type ExitCode, exitCode, worst } from "../exit-code.ts";
import { asUnusable, readChunks, standardInput } from "../files/input.ts";
import { addDnsOptions, type DnsOptions, resolverFor } from "../options/dns.ts";
import { authservId, count, unixSeconds } from "../options/values.ts";
import { print } from "../output/output.ts";
import { reportJson } from "../output/report-json.ts";
import { reportText } from "../output/report-text.ts";
import { warn } from "../output/warnings.ts";

interface VerifyCommandOptions extends DnsOptions {
  readonly json?: boolean;
  readonly now?: number;
  readonly allowSha1?: boolean;
  readonly minRsaBits?: number;
  readonly authservId?: string;
}

export function verifyCommand(finish: (code: ExitCode) => void): Command {
  const command = new Command("verify")
    .summary("verify the signatures of messages")
    .description("Verify every DKIM signature of each message and say what each is worth.")
    .argument("[file...]", "messages; - or nothing is standard input", [standardInput])
    .option("--json", "one JSON object for each file, one a line")
    .option("--now <seconds>", "the time to verify at, Unix seconds (default: now)", unixSeconds)
    .option("--allow-sha1", "accept rsa-sha1, which RFC 8301 forbids")
    .option("--min-rsa-bits <bits>", "accept RSA keys from this size (default: 1024)", count)
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
  mailseal verify message.eml
  mailseal verify --json --dns zone.json --now 1767225600 *.eml
  mailseal verify --resolver 192.0.2.53 < message.eml`,
    )
    .action(async (files: string[], options: VerifyCommandOptions) => {
      const keys = keySource(await resolverFor(options));
      const context = { keys, authservId: options.authservId ?? hostname() };
      let end: ExitCode = exitCode.ok;
      for (const file of files) {
        end = worst(end, await verifyFile(file, options, context));
      }
      finish(end);
    });
}

interface VerifyContext {
  readonly keys: ReturnType<typeof keySource>;
  readonly authservId: string;
}

/** An unreadable file is told and does not keep the others from being verified. */
async function verifyFile(
  file: string,
  options: VerifyCommandOptions,
  { keys, authservId: name }: VerifyContext,
): Promise<ExitCode> {
  const verification = new Verification({
    keys,
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.allowSha1 === true ? { allowAlgorithms: ["rsa-sha1"] } : {}),
    ...(options.minRsaBits === undefined ? {} : { minimumRsaBits: options.minRsaBits }),
  });
  try {
    for await (const chunk of readChunks(file)) {
      verification.write(chunk);
    }
  } catch (error) {
    const failure = asUnusable(file, error);
    if (failure instanceof CommandFailure) {
      warn(failure.message);
      return failure.exitCode;
    }
    throw failure;
  }
  const report = await verification.finish();
  await print(
    options.json === true
      ? `${JSON.stringify(reportJson(file, report, name))}\n`
      : `${reportText(file, report)}\n`,
  );
  return codeOfReport(report);
}

/** How a program ends that verified a message. */
export function codeOfReport({ signatures }: VerificationReport): ExitCode {
  if (signatures.some(({ result }) => result === "pass")) {
    return exitCode.ok;
  }
  return signatures.some(({ result }) => result === "temperror") ? exitCode.temporary : exitCode.no;
}
