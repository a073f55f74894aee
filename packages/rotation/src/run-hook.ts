import { spawn } from "node:child_process";
import {
  anyObject,
  listOf,
  optionsCheck,
  printableLine,
  required,
  text as textRule,
  wholeNumber,
} from "@mailseal/errors";
import { badOption, RotationError } from "./errors.ts";

/** A program to run, and its environment. */
export interface HookOptions {
  /** The program and its arguments, without a shell. */
  readonly argv: readonly string[];
  /** Environment variables in addition to those of the call, such as PATH. Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** After this time, the program and its child processes are killed. Default 60,000. */
  readonly timeoutMs?: number;
}

/** Throws a `RotationError` "bad-option". */
export const checkHook: (hook: unknown) => void = optionsCheck<HookOptions>(
  "hook",
  {
    argv: required(listOf("texts", textRule)),
    environment: anyObject("an object of variables, such as process.env"),
    timeoutMs: wholeNumber(1, 2 ** 31 - 1, "milliseconds"),
  },
  badOption,
);

const defaultTimeoutMs = 60_000;
const maxQuotedOctets = 4096;

/**
 * Runs a program and resolves when it has succeeded. Rejects with a `RotationError` "hook-failed" that quotes the end of
 * its standard error.
 */
export async function runHook(
  { argv, environment = {}, timeoutMs = defaultTimeoutMs }: HookOptions,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const [program, ...args] = argv;
  if (program === undefined || program === "") {
    throw new RotationError(
      "hook-failed",
      "the command is empty; expected a program and its arguments",
    );
  }
  const fail = (reason: string): RotationError =>
    new RotationError("hook-failed", `${printableLine(program)} ${printableLine(reason)}`);
  await new Promise<void>((resolve, reject) => {
    // A process group of its own, so that its children can be killed with it.
    const child = spawn(program, args, {
      env: { ...environment, ...variables },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    let quoted = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      quoted = (quoted + text).slice(-maxQuotedOctets);
    });
    const timer = setTimeout(() => {
      endGroup(child.pid);
      reject(fail(`did not end within ${timeoutMs} ms and was killed`));
    }, timeoutMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(fail(`cannot be started: ${error.message}`));
    });
    // Not "close", which waits for every process that has inherited standard error.
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      // Its own output has been read by the next turn. Later output is from processes that inherited standard error.
      setImmediate(() => {
        child.stderr.destroy();
        if (code === 0) resolve();
        else reject(fail(`ended with ${code ?? signal}${quoted === "" ? "" : `: ${quoted}`}`));
      });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of its processes have ended.
  }
}
