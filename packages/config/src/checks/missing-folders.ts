import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type ConfigPath, type ConfigProblem, formatPath } from "../loading/problem.ts";
import { listenTarget } from "../network/listen-address.ts";
import { listenAddresses } from "../network/listen-addresses.ts";
import type { Config } from "../schema/config-schema.ts";

/** The directory of the systemd units (RuntimeDirectory=), which exists only while a program runs. */
const runtimeDirectory = "/run/mailseal";

/**
 * Missing directories, in which a program could not create its files. For the socket of a listener this is an error, for
 * all others a warning, because relay and worker may run on different machines.
 */
export async function missingFolders(config: Config): Promise<readonly ConfigProblem[]> {
  const { relay, worker } = listenAddresses(config);
  const sockets = [...relay, ...worker].map(({ path, address }) => socketProblem(path, address));
  const { queue, statistics, spoolDirectory } = config;
  const others = [
    // The program creates this directory, but not the ones above it.
    queue?.file === undefined
      ? undefined
      : fileProblem(["queue", "file"], queue.file, dirname(dirname(queue.file))),
    statistics.file === undefined
      ? undefined
      : fileProblem(["statistics", "file"], statistics.file, "/"),
    spoolDirectory === undefined ? undefined : folderProblem(["spoolDirectory"], spoolDirectory),
  ];
  return (await Promise.all([...sockets, ...others])).filter((found) => found !== undefined);
}

/** A unix socket cannot be created in a directory that does not exist. */
async function socketProblem(
  path: ConfigPath,
  address: string,
): Promise<ConfigProblem | undefined> {
  const target = listenTarget(address);
  if (!("path" in target)) return undefined;
  const directory = dirname(target.path);
  if (directory === runtimeDirectory || (await isFolder(directory))) return undefined;
  return {
    level: path[0] === "listeners" ? "error" : "warning",
    path: formatPath(path),
    message: `expected the directory ${directory} of the socket, but it does not exist: create it, or set another path`,
  };
}

async function fileProblem(
  path: ConfigPath,
  file: string,
  needed: string,
): Promise<ConfigProblem | undefined> {
  if (await isFolder(file)) {
    return warning(
      path,
      `expected a file, got the directory ${file}: set the path of a file in it`,
    );
  }
  return (await isFolder(needed)) ? undefined : folderWarning(path, dirname(file));
}

async function folderProblem(path: ConfigPath, folder: string): Promise<ConfigProblem | undefined> {
  return (await isFolder(folder)) ? undefined : folderWarning(path, folder);
}

function folderWarning(path: ConfigPath, folder: string): ConfigProblem {
  return warning(path, `expected the directory ${folder}, but it does not exist: create it`);
}

function warning(path: ConfigPath, message: string): ConfigProblem {
  return { level: "warning", path: formatPath(path), message };
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
