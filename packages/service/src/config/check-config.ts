import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "@mailseal/config";
import { ServiceError } from "../errors.ts";
import { readConfigFile } from "./config-file.ts";
import { openConfiguredQueue, type QueueUse } from "./configured-queue.ts";
import { policyOf } from "./open-policy.ts";

/**
 * Reads the config file and opens everything that it names, as a program does when it starts, but for its listeners;
 * all is closed again. `queueUse` is what the program does with the queue of this config, if anything. A queue file that
 * is not there yet is not made: whoever checks may be another user than the program. Rejects with a `MailsealError`.
 */
export async function checkConfig(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  queueUse: (config: Config) => QueueUse | undefined,
): Promise<Config> {
  const config = await readConfigFile(file, environment);
  const policy = await policyOf(config, () => undefined);
  policy.close();
  const use = queueUse(config);
  if (use !== undefined) await checkQueue(config, use);
  return config;
}

async function checkQueue({ queue }: Config, use: QueueUse): Promise<void> {
  const file = queue?.file;
  if (file !== undefined && ![file, `${file}-mark`].some((path) => existsSync(path))) {
    const folder = dirname(file);
    if (existsSync(folder) || existsSync(dirname(folder))) return;
    throw new ServiceError(
      "config",
      `queue.file ${file}: ${dirname(folder)} does not exist; make it, or set another path`,
    );
  }
  const opened = await openConfiguredQueue(queue, use);
  await opened.close();
}
