import { access, constants, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { MailsealError, optionsCheck, text as textRule } from "@mailseal/errors";
import { missingFolders } from "../checks/missing-folders.ts";
import { badOption } from "../errors.ts";
import { readLoginMap } from "../files/login-map.ts";
import { readRecipients } from "../files/recipient-table.ts";
import { readSecretFile, strictRules, usersRules } from "../files/secret-file.ts";
import { readTlsFiles } from "../files/tls-files.ts";
import type { Config } from "../schema/config-schema.ts";
import { type NamedFile, neededFiles, withAbsolutePaths } from "./file-paths.ts";
import { type ConfigProblem, formatPath } from "./problem.ts";
import { readConfig, readRules } from "./read-config.ts";

/** The options of `loadConfig`. */
export interface LoadOptions {
  /** The variables that replace `${NAME}`: for a program, its `process.env`. Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The text of the file, if it has been read before: several processes given one text use the same config. */
  readonly text?: string | undefined;
}

/** A config file after reading and checking. */
export interface LoadedConfig {
  /** Absent if there is an error. Its paths are absolute. */
  readonly config?: Config;
  readonly problems: readonly ConfigProblem[];
  /** The text that was read, secrets included; absent if the file could not be read. */
  readonly text?: string;
  /** The file itself could not be read; the one problem says why. */
  readonly unreadable?: true;
}

const checkOptions = optionsCheck<LoadOptions>(
  "options",
  { ...readRules, text: textRule },
  badOption,
);

const maxConfigBytes = 16 * 1024 * 1024;

/**
 * Reads and checks a config file, and checks the files that it names. Never throws for what it finds: a file that
 * cannot be read is a problem like any other. Rejects with a `ConfigError` "bad-option" for an option that is unknown or
 * wrong.
 *
 * ```ts
 * const file = "/etc/mailseal/mailseal.yaml";
 * const { config, problems } = await loadConfig(file, { environment: process.env });
 * for (const problem of problems) console.error(formatProblem(file, problem));
 * if (config === undefined) process.exit(1);
 * ```
 */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<LoadedConfig> {
  checkOptions(options);
  let text: string;
  try {
    text = options.text ?? (await readText(file));
  } catch (error) {
    const problem: ConfigProblem = {
      level: "error",
      path: "",
      message: `cannot be read: ${reasonOf(error)}`,
    };
    return { problems: [problem], unreadable: true };
  }
  const read = readConfig(text, { environment: options.environment ?? {} });
  if (read.config === undefined) {
    return { ...read, text };
  }
  const config = withAbsolutePaths(read.config, dirname(resolve(file)));
  const bad = [
    ...(await unreadableFiles(config)),
    ...(await badTlsFiles(config)),
    ...(await missingFolders(config)),
  ];
  const problems = [...read.problems, ...bad];
  const isUsable = bad.every(({ level }) => level !== "error");
  return isUsable ? { config, problems, text } : { problems, text };
}

async function readText(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    if (size > maxConfigBytes) {
      throw new Error(`expected at most ${maxConfigBytes} octets, got ${size}`);
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

async function unreadableFiles(config: Config): Promise<ConfigProblem[]> {
  const checks = [...neededFiles(config)].map(
    async ({ path, file, kind }): Promise<ConfigProblem[]> => {
      try {
        await access(file, constants.R_OK);
        const message = await contentProblem(file, kind);
        return message === undefined ? [] : [{ level: "error", path: formatPath(path), message }];
      } catch (error) {
        return [{ level: "error", path: formatPath(path), message: unreadable(file, error) }];
      }
    },
  );
  return (await Promise.all(checks)).flat();
}

/** The problem with the content of a readable file, if there is one. */
async function contentProblem(file: string, kind: NamedFile["kind"]): Promise<string | undefined> {
  switch (kind) {
    case "secret":
    case "users": {
      const read = await readSecretFile(file, kind === "users" ? usersRules : strictRules);
      return read.status === "read" ? undefined : `${read.reason}; ${read.remedy}`;
    }
    case "senders":
      return problemOf(readLoginMap(file, []));
    case "recipients":
      return problemOf(readRecipients(file));
    case undefined:
      return undefined;
  }
}

async function problemOf(reading: Promise<unknown>): Promise<string | undefined> {
  try {
    await reading;
    return undefined;
  } catch (error) {
    if (error instanceof MailsealError) return error.message;
    throw error;
  }
}

/** Readable certificates and keys that cannot be used, or should not be. */
async function badTlsFiles({ listeners, keys }: Config): Promise<ConfigProblem[]> {
  const checks = listeners.map(async (listener, index): Promise<ConfigProblem[]> => {
    if (listener.protocol !== "smtp" || listener.tls === undefined) return [];
    const { certificate, key } = listener.tls;
    // Files that cannot be read are reported with the others.
    if (!(await isReadable(certificate)) || !(await isReadable(key))) return [];
    const path = formatPath(["listeners", index, "tls"]);
    try {
      const { warning } = await readTlsFiles(listener.tls, keys);
      return warning === undefined
        ? []
        : [
            {
              level: "warning",
              path: formatPath(["listeners", index, "tls", "key"]),
              message: `others can use the private key ${key} (mode ${warning.mode}): chmod 600 or 640 the file`,
            },
          ];
    } catch (error) {
      if (error instanceof MailsealError) return [{ level: "error", path, message: error.message }];
      throw error;
    }
  });
  return (await Promise.all(checks)).flat();
}

function isReadable(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}

const meanings: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "permission denied"],
  ["EISDIR", "it is a directory"],
]);

function unreadable(file: string, error: unknown): string {
  return `cannot read ${file}: ${reasonOf(error)}`;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return meanings.get(code) ?? (error instanceof Error ? error.message : String(error));
}
