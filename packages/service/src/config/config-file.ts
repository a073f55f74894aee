import { type Config, formatProblem, loadConfig } from "@mailseal/config";
import { ServiceError } from "../errors.ts";

/** A config file that was read and checked. */
export interface ConfigFile {
  readonly config: Config;
  /** The text of the file: another process that is given it uses the same config, even if the file has changed. */
  readonly text: string;
}

export interface ConfigFileOptions {
  /** The text of the file, if it has been read before. */
  readonly text?: string | undefined;
  /** Gets each former name of an option as one line, because the next release refuses them. */
  readonly onDeprecation?: (line: string) => void;
}

/**
 * Reads and checks the config file, with `${NAME}` from `environment`. Rejects with a `ServiceError` "config" that lists every
 * problem. Other warnings than those about former names are for `mailseal config check`.
 */
export async function readConfigFile(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  { text: given, onDeprecation }: ConfigFileOptions = {},
): Promise<ConfigFile> {
  const { config, problems, text = "" } = await loadConfig(file, { environment, text: given });
  if (config === undefined) {
    throw new ServiceError(
      "config",
      problems.map((problem) => formatProblem(file, problem)).join("\n"),
    );
  }
  for (const problem of problems) {
    if (problem.isDeprecation === true) onDeprecation?.(formatProblem(file, problem));
  }
  return { config, text };
}
