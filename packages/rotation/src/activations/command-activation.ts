import type { Activation } from "../environment.ts";
import { checkHook, type HookOptions, runHook } from "../run-hook.ts";
import { activeFile } from "./active-file.ts";

/**
 * Runs a program of the operator that makes the signer use the keys. Its environment contains MAILSEAL_ACTION (activate),
 * MAILSEAL_DOMAIN, and MAILSEAL_KEYS: a JSON array of {selector, keyFile}. It may run again for the same keys. The keys
 * that it has activated are kept in the file of `activeFile`.
 *
 * ```ts
 * const activation = commandActivation(
 *   { argv: ["/usr/local/bin/use-keys"], environment: { PATH: process.env["PATH"] } },
 *   "/etc/mailseal/keys",
 * );
 * ```
 *
 * @throws RotationError "bad-option".
 */
export function commandActivation(hook: HookOptions, directory: string): Activation {
  checkHook(hook);
  const memory = activeFile(directory);
  return {
    async activate(domain, keys) {
      const listed = keys.map(({ selector, keyFile }) => ({ selector, keyFile }));
      await runHook(hook, {
        MAILSEAL_ACTION: "activate",
        MAILSEAL_DOMAIN: domain,
        MAILSEAL_KEYS: JSON.stringify(listed),
      });
      await memory.activate(domain, keys);
    },
    active: (domain) => memory.active(domain),
  };
}
