/**
 * The command line of a program: it runs a command, prints its help or one line for each error, and knows the exit code.
 * It also describes the program's commands as data, for man pages and for the completion of shells.
 */
export { completionCommand } from "./completion/completion-command.ts";
export { type CompletionScript, completionScripts } from "./completion/completion-scripts.ts";
export {
  type DescribedArgument,
  type DescribedCommand,
  type DescribedOption,
  type DescribedValue,
  describeProgram,
  everyCommand,
} from "./command-description.ts";
export { type HelpEnd, helpEnd } from "./help.ts";
export { packageFile, packageVersion } from "./package-file.ts";
export {
  type Ending,
  environmentMeanings,
  exitMeanings,
  runCommandLine,
} from "./run-command-line.ts";
