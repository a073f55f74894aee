import { keySource } from "@mailseal/dns-record";
import { helpEnd } from "@mailseal/service/command-line";
import { Verification, type VerificationReport } from "@mailseal/verifier";
import { Command } from "commander";
import type { ExitCode } from "../exit-code.ts";
import { readChunks } from "../files/input.ts";
import { resolverFor } from "../options/dns.ts";
import {
  addMessageOptions,
  messageExits,
  type MessageOptions,
  reportEach,
} from "../options/messages.ts";
import { count } from "../options/values.ts";
import { reportJson } from "../output/report-json.ts";
import { reportText } from "../output/report-text.ts";

interface VerifyCommandOptions extends MessageOptions {
  readonly allowSha1?: boolean;
  readonly minRsaBits?: number;
}

export function verifyCommand(finish: (code: ExitCode) => void): Command {
  return addMessageOptions(new Command("verify"))
    .summary("verify the signatures of messages")
    .description(
      "Verify every DKIM signature of each message, and report each result with its reason.",
    )
    .option("--allow-sha1", "accept rsa-sha1, which RFC 8301 forbids")
    .option("--min-rsa-bits <bits>", "accept RSA keys from this size (default: 1024)", count)
    .addHelpText(
      "after",
      helpEnd({
        exit: messageExits,
        examples: [
          "mailseal verify message.eml",
          "mailseal verify --json --dns zone.json --now 1767225600 *.eml",
          "mailseal verify --resolver 192.0.2.53 < message.eml",
        ],
      }),
    )
    .action(async (files: string[], options: VerifyCommandOptions) => {
      const keys = keySource(await resolverFor(options));
      finish(
        await reportEach(files, options, {
          examine: (file) => verifyFile(file, options, keys),
          text: reportText,
          json: reportJson,
        }),
      );
    });
}

async function verifyFile(
  file: string,
  options: VerifyCommandOptions,
  keys: ReturnType<typeof keySource>,
): Promise<VerificationReport> {
  const verification = new Verification({
    keys,
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.allowSha1 === true ? { allowAlgorithms: ["rsa-sha1"] } : {}),
    ...(options.minRsaBits === undefined ? {} : { minimumRsaBits: options.minRsaBits }),
  });
  for await (const chunk of readChunks(file)) {
    verification.write(chunk);
  }
  return verification.finish();
}
