import { type Config, formatProblem, loadConfig } from "@mailseal/config";
import { ServiceError } from "../errors.ts";

/**
 * Reads and checks the config, with `${NAME}` from `environment`; warnings are let pass. Throws a
 * `ServiceError` "config" that tells every problem.
 */
export async function readConfigFile(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const { config, problems } = await loadConfig(file, { environment });
  if (config === undefined) {
    throw new ServiceError(
      "config",
      problems.map((problem) => formatProblem(file, problem)).join("\n"),
    );
  }
  return config;
}
