import { type DescribedCommand, describeProgram } from "@mailseal/service/command-line";
import { mailsealCommand } from "../../apps/cli/src/main.ts";
import { relayCommand } from "../../apps/relay/src/main.ts";
import { workerCommand } from "../../apps/worker/src/main.ts";

/** The three programs with all of their commands, from the definitions that parse their command lines. */
export function programs(): readonly DescribedCommand[] {
  return [mailsealCommand(() => undefined), relayCommand(), workerCommand()].map(describeProgram);
}
