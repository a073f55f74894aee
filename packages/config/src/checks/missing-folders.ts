import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type ConfigPath, type ConfigProblem, formatPath } from "../loading/problem.ts";
import { listenTarget } from "../network/listen-address.ts";
import { listenAddresses } from "../network/listen-addresses.ts";
import type { Config } from "../schema/config-schema.ts";

/** A unit's own directory (RuntimeDirectory=), which is there only while the program runs. */
const runtimeDirectory = "/run/mailseal";

/**
 * Places that are not there, in which a program could not make what it wants to. Of a listener's socket it is an error.
 * Of the others it is a warning, since relay and worker may run on different machines.
 */
export async function missingFolders(config: Config): Promise<readonly ConfigProblem[]> {
  const { relay, worker } = listenAddresses(config);
  const sockets = [...relay, ...worker].map(({ path, address }) => socketProblem(path, address));
  const { queue, statistics, spoolDirectory } = config;
  const others = [
    // Its directory is made, those above are not.
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

/** A unix socket cannot be made in a directory that is not there. */
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
    message: `expected the socket's directory ${directory} to be there, it is not: make it, or name another`,
  };
}

async function fileProblem(
  path: ConfigPath,
  file: string,
  needed: string,
): Promise<ConfigProblem | undefined> {
  if (await isFolder(file)) {
    return warning(path, `expected a file, got the directory ${file}: name a file in it`);
  }
  return (await isFolder(needed)) ? undefined : folderWarning(path, dirname(file));
}

async function folderProblem(path: ConfigPath, folder: string): Promise<ConfigProblem | undefined> {
  return (await isFolder(folder)) ? undefined : folderWarning(path, folder);
}

function folderWarning(path: ConfigPath, folder: string): ConfigProblem {
  return warning(path, `expected the directory ${folder} to be there, it is not: make it`);
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
