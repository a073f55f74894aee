import process from "node:process";
import { Argument, Command } from "commander";
import { describeProgram } from "../command-description.ts";
import { helpEnd } from "../help.ts";
import { shells } from "./completion-scripts.ts";

/** The command `completion` of a program: it prints the script that completes the program's command lines. */
export function completionCommand(program: string): Command {
  return new Command("completion")
    .summary("print the completion script of a shell")
    .description(
      `Print a script that completes the commands, options and values of ${program} in a shell. The Debian package installs these scripts; otherwise load one as in the examples.`,
    )
    .addArgument(new Argument("<shell>", "the shell").choices([...shells.keys()]))
    .addHelpText(
      "after",
      helpEnd({
        exit: { 0: "the script was printed" },
        examples: [
          `source <(${program} completion bash)   # in ~/.bashrc`,
          `source <(${program} completion zsh)    # in ~/.zshrc, after compinit`,
          `${program} completion fish > ~/.config/fish/completions/${program}.fish`,
        ],
      }),
    )
    .action((shell: string, _options: unknown, command: Command) => {
      const described = describeProgram(command.parent ?? command);
      process.stdout.write(shells.get(shell)?.script(described) ?? "");
    });
}
