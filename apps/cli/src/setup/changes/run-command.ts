import { commandLine, failureOf, type Host } from "../../host/host.ts";
import { SetupError } from "../setup-error.ts";

/** Runs a command that must succeed. Throws a `SetupError` with the program's own words if it does not. */
export async function runCommand(host: Host, words: readonly string[]): Promise<string> {
  const [program = "", ...args] = words;
  const result = await host.run(program, args);
  const failure = failureOf(program, result);
  if (failure !== undefined) {
    throw new SetupError(
      `${commandLine(words)} failed: ${failure}. Repair this, then run mailseal setup again: it goes on from here`,
    );
  }
  return result.status === "ended" ? result.stdout : "";
}
