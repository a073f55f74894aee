import type { Config, LoadedConfig } from "@mailseal/config";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** The default path of the config. */
export const defaultConfig = "/etc/mailseal/mailseal.yaml";

/** Reads and checks a config file. Throws a `CommandFailure` if the file itself cannot be read. */
export async function loadConfigFile(file: string): Promise<LoadedConfig> {
  // Loading the config schema takes longer than most commands.
  const { formatProblem, loadConfig } = await import("@mailseal/config");
  const loaded = await loadConfig(file, { environment: process.env });
  if (loaded.unreadable === true) {
    const reasons = loaded.problems.map((problem) => formatProblem(file, problem));
    throw new CommandFailure(exitCode.unreadable, reasons.join("; "));
  }
  return loaded;
}

/** As `loadConfigFile`, but throws a `CommandFailure` for the first error in the config. */
export async function usableConfig(file: string): Promise<Config> {
  const { config, problems } = await loadConfigFile(file);
  if (config === undefined) {
    const { formatProblem } = await import("@mailseal/config");
    const first = problems.find(({ level }) => level === "error");
    throw new CommandFailure(
      exitCode.no,
      `${first === undefined ? `${file}: cannot be used` : formatProblem(file, first)}; mailseal config check ${file} lists all problems`,
    );
  }
  return config;
}

/** As `loadConfigFile`, for a command that reads the config only to find `what`, which `options` can name instead. */
export async function configThatNames(
  what: string,
  file: string,
  options: string,
): Promise<Config> {
  const { formatProblem, loadConfig } = await import("@mailseal/config");
  const { config, problems } = await loadConfig(file, { environment: process.env });
  if (config !== undefined) return config;
  const first = problems.find(({ level }) => level === "error");
  throw new CommandFailure(
    exitCode.unreadable,
    `cannot find ${what}: ${first === undefined ? file : formatProblem(file, first)}; give ${options}, or a valid config with --config`,
  );
}

/** As `loadConfigFile`, but resolves to the defaults if the file is missing or has errors. */
export async function configOrDefaults(file: string): Promise<Config> {
  const { configSchema, loadConfig } = await import("@mailseal/config");
  const { config } = await loadConfig(file, { environment: process.env });
  return config ?? configSchema.parse({});
}
