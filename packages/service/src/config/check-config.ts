import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "@mailseal/config";
import { ServiceError } from "../errors.ts";
import { openConfiguredQueue, type QueueUse } from "./configured-queue.ts";
import { policyOf } from "./open-policy.ts";

/**
 * Opens everything that a config names except the listeners, as a program does when it starts, and closes it again.
 * `queueUse` is how the program uses the queue; undefined if it does not. A queue file that does not exist yet is not
 * created, because the check may run as another user than the program. Rejects with a `MailsealError`.
 */
export async function checkConfig(config: Config, queueUse: QueueUse | undefined): Promise<void> {
  const policy = await policyOf(config, () => undefined);
  policy.close();
  if (queueUse !== undefined) await checkQueue(config, queueUse);
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
