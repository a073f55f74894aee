import { listenTarget } from "@mailseal/config";
import { ServiceError } from "../errors.ts";
import { askAdmin } from "./admin-request.ts";
import { readToken } from "./bearer-token.ts";
import type { HttpServerConfig } from "./http-server.ts";

const timeoutMs = 5000;
const maxAnswerBytes = 64 * 1024;

const meanings: ReadonlyMap<unknown, string> = new Map([
  ["ENOENT", "there is no such socket. Is the program running with this config?"],
  ["ECONNREFUSED", "connection refused. Is the program running with this config?"],
  ["EACCES", "permission denied. Run the command as the user of the program, or as root"],
]);

/**
 * Asks a running program at its admin address whether it serves: the check of a container or a supervisor. Rejects with a
 * `ServiceError`: "health" if it does not, or does not answer within 5 seconds; "admin" if the token file cannot be used.
 */
export async function checkHealth({
  listen,
  tokenFile,
  optionNames,
}: HttpServerConfig): Promise<void> {
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
  const place = `${optionNames.listen} ${listen}`;
  const { status } = await askAdmin(listenTarget(listen), {
    path: "/ready",
    token,
    timeoutMs,
    maxAnswerBytes,
  }).catch((error: unknown) => {
    throw new ServiceError("health", `${place}: ${reasonOf(error)}`, { cause: error });
  });
  if (status === 200) return;
  throw new ServiceError(
    "health",
    status === 503
      ? `${place}: the program does not serve: it is starting or stopping`
      : `${place}: expected the answer of a program that serves, got HTTP ${status}`,
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return meanings.get("code" in error ? error.code : undefined) ?? error.message;
}
