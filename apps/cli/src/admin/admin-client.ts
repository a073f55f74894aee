import { type AdminAnswer, askAdmin as request } from "@mailseal/service/admin-client";
import { printable } from "@mailseal/syntax";
import { type Command, InvalidArgumentError } from "commander";
import { CommandFailure, exitCode } from "../exit-code.ts";

/** Where relay and worker listen unless their config says otherwise. */
export const usualSocket = "unix:/run/mailseal/admin.sock";
export const usualWorkerSocket = "unix:/run/mailseal/worker.sock";
/** Where `npm start` serves its page, and the statistics with it. */
export const usualPage = "127.0.0.1:8025";
const timeoutMs = 30_000;
const maxAnswerBytes = 256 * 1024 * 1024;

export interface AdminOptions {
  readonly admin?: string;
  readonly tokenFile?: string;
}

/** `usual`: where to ask, one after the other, unless the command line says. */
export function withAdminOptions(command: Command, usual: readonly string[]): Command {
  return command
    .option(
      "--admin <address>",
      `admin.listen of the program: unix:PATH or HOST:PORT (default: ${usual.join(", then ")})`,
      address,
    )
    .option("--token-file <file>", "the file that its admin.tokenFile names");
}

export function address(value: string): string {
  if (/^unix:.+|^.+:\d{1,5}$/.test(value)) return value;
  throw new InvalidArgumentError("expected unix:PATH or HOST:PORT, as in 127.0.0.1:8025");
}

/**
 * Asks a running relay or worker at the first of `usual` where somebody listens. Resolves to the JSON it answers, also where it says no; throws a
 * `CommandFailure` where nobody listens or the answer is none.
 */
export async function askAdmin(
  { admin, tokenFile }: AdminOptions,
  method: "GET" | "POST",
  path: string,
  usual: readonly string[],
): Promise<AdminAnswer> {
  const token = tokenFile === undefined ? undefined : await readAdminToken(tokenFile);
  const reasons: string[] = [];
  for (const at of admin === undefined ? usual : [admin]) {
    const answer = await askAt(at, method, path, token).catch((error: unknown) => {
      if (!isNobodyThere(error)) throw failure(`${at}: ${reasonOf(error)}`);
      reasons.push(`${at}: ${reasonOf(error)}`);
      return undefined;
    });
    if (answer !== undefined) return answer;
  }
  throw failure(
    `expected a relay or worker that runs; nobody answers at ${reasons.join(", nor at ")}; --admin names another address`,
  );
}

async function askAt(
  at: string,
  method: "GET" | "POST",
  path: string,
  token: string | undefined,
): Promise<AdminAnswer> {
  // The config's schema takes longer to load than most commands to run.
  const { listenTarget } = await import("@mailseal/config");
  return request(listenTarget(at), { method, path, token, timeoutMs, maxAnswerBytes });
}

/** Throws a `CommandFailure` for one that others may read. */
export async function readAdminToken(file: string): Promise<string> {
  const { readSecretFile, strictRules } = await import("@mailseal/config/secrets");
  const read = await readSecretFile(file, strictRules);
  if (read.status === "read") return read.bytes.toString("utf8").trim();
  throw failure(`--token-file ${read.reason}; ${read.remedy}`);
}

/** The refusal that an answer is: what its "error" or "reason" says. A config may have several problems. */
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

function reasonOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}

function failure(message: string): CommandFailure {
  return new CommandFailure(exitCode.unreadable, message);
}
