import { extname, resolve } from "node:path";
import { optionsCheck, required, wholeNumber } from "@mailseal/errors";
import { PolicyError } from "../errors.ts";
import type { HookCaller } from "./hook-call.ts";
import { HookProcesses } from "./hook-processes.ts";
import type { StrayFailure } from "./process-protocol.ts";

const extensions: ReadonlySet<string> = new Set([".ts", ".mts", ".js", ".mjs"]);

/** The processes in which hooks run, and their memory. */
export interface HookLimits {
  readonly processes: number;
  /** Octets for each process. */
  readonly memory: number;
}

const defaultLimits: HookLimits = { processes: 1, memory: 128 * 2 ** 20 };

const checkLimits = optionsCheck<HookLimits>(
  "limits",
  { processes: required(wholeNumber(1)), memory: required(wholeNumber(1, Infinity, "octets")) },
  (message) => new PolicyError("bad-option", message),
);

/**
 * Starts processes that import a hooks module and everything it imports afresh. They end with `close`.
 *
 * Rejects with a `PolicyError`: "bad-option", or "hooks-module", which says why the module cannot be used.
 *
 * ```ts
 * const hooks = await loadHooks("/etc/mailseal/hooks.ts", { processes: 2, memory: 128 * 2 ** 20 });
 * hooks.close();
 * ```
 */
export async function loadHooks(
  path: string,
  limits: HookLimits = defaultLimits,
  onStray: (failure: StrayFailure) => void = () => undefined,
): Promise<HookCaller> {
  checkLimits(limits);
  if (!extensions.has(extname(path))) {
    throw problem(path, "expected a file that ends in .ts, .mts, .js or .mjs");
  }
  const { processes, memory: memoryBytes } = limits;
  try {
    return await HookProcesses.start({ path: resolve(path), processes, memoryBytes, onStray });
  } catch (error) {
    throw problem(path, error instanceof Error ? error.message : String(error));
  }
}

function problem(path: string, what: string): PolicyError {
  return new PolicyError("hooks-module", `hooks.module ${JSON.stringify(path)}: ${what}`);
}
