import { reasonOf } from "../pipeline/reason-of.ts";
import {
  type HookCall,
  type HookCaller,
  hookNames,
  type HookResult,
  tooLate,
} from "./hook-call.ts";
import { messageView } from "./message-view.ts";
import type { PolicyHooks } from "./policy-hooks.ts";

/**
 * Hooks that a program passes as functions. They run in its own process, so an endless loop or an unhandled
 * rejection in them affects the whole program. The hooks of a module run in processes of their own.
 */
export function inProcessHooks(given: PolicyHooks): HookCaller {
  return {
    hooks: new Set(hookNames.filter((name) => given[name] !== undefined)),
    call: (call, timeoutMs) => callInTime((signal) => callGiven(given, call, signal), timeoutMs),
    close: () => undefined,
  };
}

function callGiven(given: PolicyHooks, call: HookCall, signal: AbortSignal): unknown {
  const view = messageView(call.header, call.sizeBytes);
  switch (call.hook) {
    case "beforeSign":
      return given.beforeSign?.(view, { ...structuredClone(call.context), signal });
    case "afterVerify": {
      const context = { ...structuredClone(call.context), signal };
      return given.afterVerify?.(structuredClone(call.report), view, context);
    }
    case "sendersOf":
      return given.sendersOf?.(call.login, { ...structuredClone(call.context), signal });
  }
}

/** Ignores what a hook does after its time is over. */
async function callInTime(
  call: (signal: AbortSignal) => unknown,
  timeoutMs: number,
): Promise<HookResult> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HookResult>((resolve) => {
    timer = setTimeout(() => {
      resolve(tooLate(timeoutMs));
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([resultOf(call, controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function resultOf(
  call: (signal: AbortSignal) => unknown,
  signal: AbortSignal,
): Promise<HookResult> {
  try {
    return { ok: true, answer: await call(signal) };
  } catch (error) {
    return { ok: false, reason: `it threw ${reasonOf(error)}` };
  }
}
