import { resolve } from "node:path";
import { everyScope } from "./every-scope.ts";
import type { ConfigPath } from "./problem.ts";
import type { Config } from "./schema.ts";

/** A file that the config names. */
export interface NamedFile {
  readonly path: ConfigPath;
  readonly file: string;
  /** It holds a password or token, which nobody else may read. */
  readonly isSecret?: true;
}

/** Options that hold a path, wherever they stand. */
const pathOptions: ReadonlySet<string> = new Set([
  "certificate",
  "database",
  "file",
  "key",
  "module",
  "passphraseFile",
  "passwordFile",
  "spoolDirectory",
  "tokenFile",
  "usersFile",
  "zone",
]);

/** A copy in which every relative path is below `directory`: a config means the same wherever it is read. */
export function withAbsolutePaths(config: Config, directory: string): Config {
  return absolute(config, directory) as Config;
}

function absolute(value: unknown, directory: string, name = ""): unknown {
  if (typeof value === "string") {
    return pathOptions.has(name) ? resolve(directory, value) : value;
  }
  if (Array.isArray(value)) {
    return value.map((entry) => absolute(entry, directory));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, absolute(entry, directory, key)]),
    );
  }
  return value;
}

/** The files that must be there when the programs start. Keys come later, and may be made later. */
export function* neededFiles(config: Config): Generator<NamedFile> {
  for (const [index, listener] of config.listeners.entries()) {
    const path = ["listeners", index];
    const { file } = listener.auth?.senders ?? {};
    if (file !== undefined) {
      yield { path: [...path, "auth", "senders", "file"], file };
    }
    if (listener.protocol === "smtp") {
      if (listener.tls !== undefined) {
        yield { path: [...path, "tls", "certificate"], file: listener.tls.certificate };
        yield { path: [...path, "tls", "key"], file: listener.tls.key };
      }
      if (listener.recipients?.file !== undefined) {
        yield { path: [...path, "recipients", "file"], file: listener.recipients.file };
      }
      if (listener.auth !== undefined) {
        yield {
          path: [...path, "auth", "usersFile"],
          file: listener.auth.usersFile,
          isSecret: true,
        };
      }
    }
  }
  for (const { path, nextHop } of everyScope(config)) {
    if (nextHop?.passwordFile !== undefined) {
      yield {
        path: [...path, "nextHop", "passwordFile"],
        file: nextHop.passwordFile,
        isSecret: true,
      };
    }
  }
  if (config.hooks !== undefined) {
    yield { path: ["hooks", "module"], file: config.hooks.module };
  }
  if (config.admin.tokenFile !== undefined) {
    yield { path: ["admin", "tokenFile"], file: config.admin.tokenFile, isSecret: true };
  }
  if (config.worker.jobs.tokenFile !== undefined) {
    yield {
      path: ["worker", "jobs", "tokenFile"],
      file: config.worker.jobs.tokenFile,
      isSecret: true,
    };
  }
  if (config.dns.zone !== undefined) {
    yield { path: ["dns", "zone"], file: config.dns.zone };
  }
}
