import { resolve } from "node:path";
import { type Config, configSchema } from "../schema/config-schema.ts";
import { optionsOfKind } from "../schema/option-kinds.ts";
import { everyScope } from "../scopes/every-scope.ts";
import type { ConfigPath } from "./problem.ts";

/** A file that the config names. */
export interface NamedFile {
  readonly path: ConfigPath;
  readonly file: string;
  /**
   * The content, if it decides which permissions the file may have: nobody else may read passwords, tokens and users;
   * nobody else may write a table of logins or recipients.
   */
  readonly kind?: "secret" | "users" | "senders" | "recipients";
}

/** A copy in which relative paths are resolved from `directory`, so that a config means the same in any working directory. */
export function withAbsolutePaths(config: Config, directory: string): Config {
  return absolute(config, directory) as Config;
}

function absolute(value: unknown, directory: string, name = ""): unknown {
  if (typeof value === "string") {
    return optionsOfKind(configSchema, "path").has(name) ? resolve(directory, value) : value;
  }
  if (Array.isArray(value)) {
    return value.map((entry) => absolute(entry, directory, name));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, absolute(entry, directory, key)]),
    );
  }
  return value;
}

/** The files that must exist when the programs start. Keys are read later, and may be created later. */
export function* neededFiles(config: Config): Generator<NamedFile> {
  for (const [index, listener] of config.listeners.entries()) {
    const path = ["listeners", index];
    const { file } = listener.auth?.senders ?? {};
    if (file !== undefined) {
      yield { path: [...path, "auth", "senders", "file"], file, kind: "senders" };
    }
    if (listener.protocol === "smtp") {
      if (listener.tls !== undefined) {
        yield { path: [...path, "tls", "certificate"], file: listener.tls.certificate };
        yield { path: [...path, "tls", "key"], file: listener.tls.key };
      }
      if (listener.recipients?.file !== undefined) {
        yield {
          path: [...path, "recipients", "file"],
          file: listener.recipients.file,
          kind: "recipients",
        };
      }
      if (listener.auth !== undefined) {
        yield {
          path: [...path, "auth", "usersFile"],
          file: listener.auth.usersFile,
          kind: "users",
        };
      }
    }
  }
  for (const { path, nextHop } of everyScope(config)) {
    if (nextHop?.passwordFile !== undefined) {
      yield {
        path: [...path, "nextHop", "passwordFile"],
        file: nextHop.passwordFile,
        kind: "secret",
      };
    }
  }
  if (config.hooks !== undefined) {
    yield { path: ["hooks", "module"], file: config.hooks.module };
  }
  if (config.admin.tokenFile !== undefined) {
    yield { path: ["admin", "tokenFile"], file: config.admin.tokenFile, kind: "secret" };
  }
  if (config.worker.jobs.tokenFile !== undefined) {
    yield {
      path: ["worker", "jobs", "tokenFile"],
      file: config.worker.jobs.tokenFile,
      kind: "secret",
    };
  }
  if (config.dns.zone !== undefined) {
    yield { path: ["dns", "zone"], file: config.dns.zone };
  }
}
