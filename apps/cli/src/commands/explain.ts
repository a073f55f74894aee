import { helpEnd } from "@mailseal/service/command-line";
import { explain } from "@mailseal/verifier/explain";
import { Command } from "commander";
import type { ExitCode } from "../exit-code.ts";
import { readWhole } from "../files/input.ts";
import { resolverFor } from "../options/dns.ts";
import {
  addMessageOptions,
  messageExits,
  type MessageOptions,
  reportEach,
} from "../options/messages.ts";
import { count } from "../options/values.ts";
import { explanationText } from "../output/explanation-text.ts";
import { explanationJson } from "../output/report-json.ts";

interface ExplainCommandOptions extends MessageOptions {
  readonly maxHypotheses?: number;
  readonly maxMs?: number;
}

/** The message and its altered copies are kept in memory. */
const maxMessageBytes = 64 * 1024 * 1024;

export function explainCommand(finish: (code: ExitCode) => void): Command {
  return addMessageOptions(new Command("explain"))
    .summary("explain why signatures broke, with proof")
    .description(
      "Explain why the signatures of a message do not pass: the changes made in transit, as a diff from the signed message to the received one. Every cause is tested by undoing it; a cause that cannot be proven is reported as not-determined.",
    )
    .option(
      "--max-hypotheses <n>",
      "test at most this many hypotheses per message (default: 20000)",
      count,
    )
    .option(
      "--max-ms <n>",
      "spend at most this many milliseconds per message (default: 2000)",
      count,
    )
    .addHelpText(
      "after",
      helpEnd({
        exit: messageExits,
        examples: [
          "mailseal explain message.eml",
          "mailseal explain --json --dns zone.json --now 1767225600 message.eml",
        ],
      }),
    )
    .action(async (files: string[], options: ExplainCommandOptions) => {
      const keys = await resolverFor(options);
      const { now, maxHypotheses, maxMs } = options;
      finish(
        await reportEach(files, options, {
          examine: async (file) =>
            explain(await readWhole(file, maxMessageBytes), {
              keys,
              ...(now === undefined ? {} : { now }),
              ...(maxHypotheses === undefined ? {} : { maxHypotheses }),
              ...(maxMs === undefined ? {} : { maxMilliseconds: maxMs }),
            }),
          text: explanationText,
          json: explanationJson,
        }),
      );
    });
}
