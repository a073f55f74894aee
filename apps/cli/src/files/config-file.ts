import type { Config, LoadedConfig } from "@mailseal/config";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** Where a config is, unless an option says otherwise. */
export const usualConfig = "/etc/mailseal/mailseal.yaml";

/** Reads and checks a config file. Throws a `CommandFailure` if the file itself cannot be read. */
export async function loadConfigFile(file: string): Promise<LoadedConfig> {
  // The config's schema takes longer to load than most commands to run.
  const { loadConfig } = await import("@mailseal/config");
  const loaded = await loadConfig(file, { environment: process.env });
  if (loaded.unreadable === true) {
    throw new CommandFailure(exitCode.unreadable, loaded.problems[0]?.message ?? file);
  }
  return loaded;
}

/** The same for a command that needs a config without errors: throws a `CommandFailure` for the first. */
export async function usableConfig(file: string): Promise<Config> {
  const { config, problems } = await loadConfigFile(file);
  if (config === undefined) {
    const first = problems.find(({ level }) => level === "error");
    throw new CommandFailure(
      exitCode.no,
      `${file} cannot be used (${first?.message ?? "unknown"}); see: mailseal config check ${file}`,
    );
  }
  return config;
}

/** The same for a command that can do without: what is built in where the file is not there, or has errors. */
export async function configOrDefaults(file: string): Promise<Config> {
  const { configSchema, loadConfig } = await import("@mailseal/config");
  const { config } = await loadConfig(file, { environment: process.env });
  return config ?? configSchema.parse({});
}
