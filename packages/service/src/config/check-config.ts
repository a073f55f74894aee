import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "@mailseal/config";
import { ServiceError } from "../errors.ts";
import { readConfigFile } from "./config-file.ts";
import { openConfiguredQueue, type QueueUse } from "./configured-queue.ts";
import { policyOf } from "./open-policy.ts";

/**
 * Reads the config file, opens everything that it names except the listeners, as a program does when it starts, and
 * closes it again. `queueUse` returns how the program uses the queue of this config, if it does. A queue file that does
 * not exist yet is not created, because the check may run as another user than the program. Rejects with a `MailsealError`.
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
      `queue.file ${file}: ${dirname(folder)} does not exist; create it, or set another path`,
    );
  }
  const opened = await openConfiguredQueue(queue, use);
  await opened.close();
}
