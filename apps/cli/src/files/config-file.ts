import type { Config, LoadedConfig } from "@mailseal/config";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** The default path of the config. */
export const usualConfig = "/etc/mailseal/mailseal.yaml";

/** Reads and checks a config file. Throws a `CommandFailure` if the file itself cannot be read. */
export async function loadConfigFile(file: string): Promise<LoadedConfig> {
  // Loading the config schema takes longer than most commands.
  const { loadConfig } = await import("@mailseal/config");
  const loaded = await loadConfig(file, { environment: process.env });
  if (loaded.unreadable === true) {
    throw new CommandFailure(exitCode.unreadable, loaded.problems[0]?.message ?? file);
  }
  return loaded;
}

/** As `loadConfigFile`, but throws a `CommandFailure` for the first error in the config. */
export async function usableConfig(file: string): Promise<Config> {
  const { config, problems } = await loadConfigFile(file);
  if (config === undefined) {
    const first = problems.find(({ level }) => level === "error");
    throw new CommandFailure(
      exitCode.no,
      `${file} cannot be used: ${first?.message ?? "unknown error"}; see mailseal config check ${file}`,
    );
  }
  return config;
}

/** As `loadConfigFile`, but resolves to the defaults if the file is missing or has errors. */
export async function configOrDefaults(file: string): Promise<Config> {
  const { configSchema, loadConfig } = await import("@mailseal/config");
  const { config } = await loadConfig(file, { environment: process.env });
  return config ?? configSchema.parse({});
}
