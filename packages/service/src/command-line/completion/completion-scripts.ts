import type { DescribedCommand } from "../command-description.ts";
import { bashCompletion } from "./bash.ts";
import { nameOf } from "./completed-commands.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

interface Shell {
  readonly script: (program: DescribedCommand) => string;
  /** The name under which the shell finds the script in its directory of completions. */
  readonly fileName: (program: string) => string;
}

/** The shells for which there are completion scripts. */
export const shells: ReadonlyMap<string, Shell> = new Map<string, Shell>([
  ["bash", { script: bashCompletion, fileName: (program) => `${program}.bash` }],
  ["zsh", { script: zshCompletion, fileName: (program) => `_${program}` }],
  ["fish", { script: fishCompletion, fileName: (program) => `${program}.fish` }],
]);

export interface CompletionScript {
  readonly fileName: string;
  readonly text: string;
}

/** The completion scripts of a program, for packages. */
export function completionScripts(program: DescribedCommand): readonly CompletionScript[] {
  return Array.from(shells.values(), ({ script, fileName }) => ({
    fileName: fileName(nameOf(program)),
    text: script(program),
  }));
}
