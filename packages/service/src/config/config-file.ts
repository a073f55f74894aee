import { type Config, formatProblem, loadConfig } from "@mailseal/config";
import { ServiceError } from "../errors.ts";

/**
 * Reads and checks the config file, with `${NAME}` from `environment`. Rejects with a `ServiceError` "config" that lists every
 * problem. Warnings are for `mailseal config check`, except those about former names of options: `onDeprecation` gets
 * each as one line, since the next release refuses them.
 */
export async function readConfigFile(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  onDeprecation: (line: string) => void = () => undefined,
): Promise<Config> {
  const { config, problems } = await loadConfig(file, { environment });
  if (config === undefined) {
    throw new ServiceError(
      "config",
      problems.map((problem) => formatProblem(file, problem)).join("\n"),
    );
  }
  for (const problem of problems) {
    if (problem.isDeprecation === true) onDeprecation(formatProblem(file, problem));
  }
  return config;
}
