import * as clack from "@clack/prompts";
import { paint, wrap } from "@mailseal/service/terminal";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { print } from "../output/output.ts";
import type { Dialogue } from "./dialogue.ts";
import { statusLine } from "./status-line.ts";

/** The width of the bar that clack draws at the left. */
const bar = "   ";

/** Asks on a terminal. A question that is cancelled (Ctrl-C) ends the command; nothing that was not confirmed is changed. */
export function terminalDialogue(): Dialogue {
  return {
    canAsk: true,
    step: async (title) => clack.log.step(paint("bold", fitted(title))),
    say: async (text) => clack.log.message(fitted(text)),
    list: async (items) => clack.log.message(items.flatMap(listed)),
    warn: async (text) => clack.log.warn(fitted(text)),
    // Without the bar, so that they can be copied.
    show: async (lines) => void (await print(`\n${lines.join("\n")}\n\n`)),
    async askText({ message, preset, check }) {
      const answer = await clack.text({
        message: fitted(message),
        ...(preset === undefined ? {} : { initialValue: preset }),
        validate: (value) => {
          const problem = check((value ?? "").trim());
          return problem === undefined ? undefined : fitted(problem);
        },
      });
      return answered(answer).trim();
    },
    confirm: async (message, preset) =>
      answered(await clack.confirm({ message: fitted(message), initialValue: preset })),
    async choose(message, choices, preset) {
      const answer = await clack.select<string>({
        message: fitted(message),
        options: choices.map(({ value, label, hint }) => ({
          value,
          label,
          ...(hint === undefined ? {} : { hint }),
        })),
        initialValue: preset,
      });
      const chosen = answered(answer);
      return choices.find(({ value }) => value === chosen)?.value ?? preset;
    },
    progress: (first) => statusLine(first, (text) => clack.log.step(fitted(text))),
  };
}

/** Wrapped beside the bar. */
function fitted(text: string): string {
  return wrap(text, bar)
    .split("\n")
    .map((line) => line.slice(bar.length))
    .join("\n");
}

/** An item of a list, in lines. */
function listed(item: string): readonly string[] {
  const lines = wrap(item, `${bar}- `).split("\n");
  return lines.map((line, index) => `${index === 0 ? "- " : "  "}${line.slice(bar.length + 2)}`);
}

function answered<Value>(answer: Value): Exclude<Value, symbol> {
  if (!clack.isCancel(answer)) return answer as Exclude<Value, symbol>;
  throw new CommandFailure(exitCode.no, "cancelled; nothing more was changed");
}
