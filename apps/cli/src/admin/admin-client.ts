import { type AdminAnswer, askAdmin as request } from "@mailseal/service/admin-client";
import { printable } from "@mailseal/syntax";
import { type Command, InvalidArgumentError } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** The default addresses of relay and worker. */
export const relaySocket = "unix:/run/mailseal/admin.sock";
export const workerSocket = "unix:/run/mailseal/worker.sock";
/** The address of the web page and statistics of `npm start`. */
export const demoPage = "127.0.0.1:8025";
const timeoutMs = 30_000;
const maxAnswerBytes = 256 * 1024 * 1024;

export interface AdminOptions {
  readonly admin?: string;
  readonly tokenFile?: string;
}

/** `addresses`: those to try in order, unless the command line names one. */
export function withAdminOptions(command: Command, addresses: readonly string[]): Command {
  return command
    .option(
      "--admin <address>",
      `address of the program (admin.listen): unix:PATH or HOST:PORT (default: ${addresses.join(", then ")})`,
      address,
    )
    .option("--token-file <file>", "file with the admin token (admin.tokenFile of the program)");
}

export function address(value: string): string {
  const [, port] = /^[^:]+:(\d{1,5})$|^\[[^\]]+\]:(\d{1,5})$/.exec(value)?.filter(Boolean) ?? [];
  if (/^unix:.+/.test(value) || Number(port) <= 65_535) return value;
  throw new InvalidArgumentError("expected unix:PATH or HOST:PORT, such as 127.0.0.1:8025");
}

/**
 * Sends a request to a running relay or worker, at the first of `addresses` that accepts a connection. Resolves to its JSON
 * answer, even for an error status. Throws a `CommandFailure` if no program answers, or the answer is not JSON.
 */
export async function askAdmin(
  { admin, tokenFile }: AdminOptions,
  method: "GET" | "POST",
  path: string,
  addresses: readonly string[],
): Promise<AdminAnswer> {
  const token = tokenFile === undefined ? undefined : await readAdminToken(tokenFile);
  const reasons: string[] = [];
  for (const at of admin === undefined ? addresses : [admin]) {
    const answer = await askAt(at, method, path, token).catch((error: unknown) => {
      if (!isNobodyThere(error)) throw failure(`${at}: ${reasonOf(error)}`);
      reasons.push(`${at} (${reasonOf(error)})`);
      return undefined;
    });
    if (answer !== undefined) return answer;
  }
  throw failure(
    `no relay or worker answers at ${reasons.join(", nor at ")}; start one, or give its address with --admin`,
  );
}

async function askAt(
  at: string,
  method: "GET" | "POST",
  path: string,
  token: string | undefined,
): Promise<AdminAnswer> {
  // Loading the config schema takes longer than most commands.
  const { listenTarget } = await import("@mailseal/config");
  return request(listenTarget(at), { method, path, token, timeoutMs, maxAnswerBytes });
}

/** Throws a `CommandFailure` for a token file that other users can read. */
export async function readAdminToken(file: string): Promise<string> {
  const { readSecretFile, strictRules } = await import("@mailseal/config/secrets");
  const read = await readSecretFile(file, strictRules);
  if (read.status === "read") return read.bytes.toString("utf8").trim();
  throw failure(`--token-file ${read.reason}; ${read.remedy}`);
}

/** Turns an error answer into a failure with its "error" or "reason", one line for each problem of a config. */
export function refusal(status: number, body: unknown): CommandFailure {
  const { error, reason } = (body ?? {}) as { error?: unknown; reason?: unknown };
  const lines = String(reason ?? error ?? `HTTP ${status}`).split("\n", maxLines);
  const [first = "", ...more] = lines.map((line) => line.slice(0, maxLineLength));
  return new CommandFailure(exitCode.unreadable, first, more);
}

const maxLines = 100;
const maxLineLength = 1000;

function isNobodyThere(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ENOENT" || error.code === "ECONNREFUSED")
  );
}

const meanings: ReadonlyMap<unknown, string> = new Map([
  ["ENOENT", "there is no such socket"],
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "the connection was closed"],
  ["EACCES", "permission denied; run the command as the user of the program, or as root"],
]);

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  return meanings.get("code" in error ? error.code : undefined) ?? printable(error.message);
}

function failure(message: string): CommandFailure {
  return new CommandFailure(exitCode.unreadable, message);
}
