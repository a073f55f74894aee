import { type Config, formatProblem, loadConfig } from "@mailseal/config";
import { MailsealError } from "@mailseal/errors";

/**
 * Reads and checks the config, with `${NAME}` from `environment`; warnings are let pass. Throws a
 * `MailsealError` "config" that tells every problem.
 */
export async function readConfigFile(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const { config, problems } = await loadConfig(file, { environment });
  if (config === undefined) {
    throw new MailsealError(
      "config",
      problems.map((problem) => formatProblem(file, problem)).join("\n"),
    );
  }
  return config;
}
