import { paint, wrap } from "@mailseal/service/terminal";
import { CommandFailure, exitCode } from "../exit-code.ts";
import { print } from "../output/output.ts";

/** A question with one line as its answer. */
export interface TextQuestion {
  readonly message: string;
  /** The flag that answers it, such as "--domain example.com". */
  readonly flag: string;
  readonly preset?: string;
  /** The objection to an answer; undefined if it is good. */
  readonly check: (answer: string) => string | undefined;
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

/** How a setup speaks with people: on a terminal it asks, elsewhere it prints plain lines and asks nothing. */
export interface Dialogue {
  /** False if nobody can answer. */
  readonly canAsk: boolean;
  /** The heading of a step. */
  readonly step: (title: string) => Promise<void>;
  /** Sentences, wrapped at the width of the terminal. */
  readonly say: (text: string) => Promise<void>;
  /** Short items, one below the other. */
  readonly list: (items: readonly string[]) => Promise<void>;
  readonly warn: (text: string) => Promise<void>;
  /** Lines to copy, exactly as they are. */
  readonly show: (lines: readonly string[]) => Promise<void>;
  readonly askText: (question: TextQuestion) => Promise<string>;
  readonly confirm: (message: string, preset: boolean) => Promise<boolean>;
  readonly choose: <Value extends string>(
    message: string,
    choices: readonly Choice<Value>[],
    preset: Value,
  ) => Promise<Value>;
  /** A line that changes while something takes its time. */
  readonly progress: (text: string) => Progress;
}

export interface Progress {
  readonly update: (text: string) => void;
  /** A line that stays. */
  readonly note: (text: string) => void;
  /** Ends with a last line. */
  readonly end: (text: string) => Promise<void>;
}

const indent = "  ";

async function line(text: string): Promise<void> {
  await print(`${text}\n`);
}

/** For a pipe, a log, or `--yes`: plain lines, in the order in which things happen. */
export function plainDialogue(): Dialogue {
  return {
    canAsk: false,
    step: (title) => line(`\n${paint("bold", title)}`),
    say: (text) => line(wrap(text, indent)),
    list: (items) => line(items.map((item) => wrap(`- ${item}`, indent)).join("\n")),
    warn: (text) => line(wrap(`${paint("yellow", "!")} ${text}`, indent)),
    show: (lines) => line(lines.join("\n").replaceAll(/^/gm, indent)),
    askText({ message, flag, preset, check }) {
      const problem = preset === undefined ? "it has no default" : check(preset);
      if (preset !== undefined && problem === undefined) return Promise.resolve(preset);
      return Promise.reject(
        new CommandFailure(
          exitCode.misuse,
          `cannot ask "${message}" without a terminal, and ${problem}; answer it with ${flag}`,
        ),
      );
    },
    confirm: (_, preset) => Promise.resolve(preset),
    choose: (_, _choices, preset) => Promise.resolve(preset),
    progress(first) {
      // Each state once, so that a log does not fill.
      let last = first;
      const printed: Promise<void>[] = [line(wrap(first, indent))];
      const tell = (text: string): void => {
        if (text !== last) printed.push(line(wrap(text, indent)));
        last = text;
      };
      return {
        update: tell,
        note: tell,
        async end(text) {
          tell(text);
          await Promise.all(printed);
        },
      };
    },
  };
}
