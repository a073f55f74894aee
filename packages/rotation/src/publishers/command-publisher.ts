import type { Publisher, RecordChange } from "../environment.ts";
import { checkHook, type HookOptions, runHook } from "../run-hook.ts";

/**
 * Runs a program of the operator that changes DNS, once for each change. Its environment contains MAILSEAL_ACTION
 * (publish, revoke or remove), MAILSEAL_DOMAIN, MAILSEAL_SELECTOR, MAILSEAL_NAME and, except for remove, MAILSEAL_RECORD
 * and MAILSEAL_TTL. It may run again for the same change.
 *
 * ```ts
 * const publisher = commandPublisher({
 *   argv: ["/usr/local/bin/dns-api", "--quiet"],
 *   environment: { PATH: process.env["PATH"], API_TOKEN: process.env["API_TOKEN"] },
 * });
 * ```
 *
 * @throws RotationError "bad-option".
 */
export function commandPublisher(hook: HookOptions): Publisher {
  checkHook(hook);
  return {
    async apply(changes) {
      for (const change of changes) {
        // One at a time, because such programs edit one file or call one service.
        await runHook(hook, variablesOf(change));
      }
      return {};
    },
  };
}

function variablesOf(change: RecordChange): Readonly<Record<string, string>> {
  return {
    // Programs know three actions, and publishing twice has to be possible anyway.
    MAILSEAL_ACTION: change.action === "replace" ? "publish" : change.action,
    MAILSEAL_DOMAIN: change.domain,
    MAILSEAL_SELECTOR: change.selector,
    MAILSEAL_NAME: change.name,
    ...(change.action === "remove"
      ? {}
      : { MAILSEAL_RECORD: change.record, MAILSEAL_TTL: String(change.ttlSeconds) }),
  };
}
