import type { z } from "zod";
import { printableLine, reasonOf } from "../printable.ts";

export type HookOutcome<Answer> =
  | { readonly ok: true; readonly answer: Answer | undefined }
  | { readonly ok: false; readonly reason: string };

/**
 * Calls a hook and checks its answer. Never rejects: a hook that throws, is late or answers nonsense is
 * an outcome. What a late hook does afterwards is not heard of.
 */
export async function runHook<Answer>(
  call: (signal: AbortSignal) => unknown,
  schema: z.ZodType<Answer>,
  timeoutMs: number,
): Promise<HookOutcome<Answer>> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HookOutcome<Answer>>((resolve) => {
    timer = setTimeout(() => {
      resolve({ ok: false, reason: `no answer within ${timeoutMs} ms` });
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([answerOf(call, controller.signal, schema), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf<Answer>(
  call: (signal: AbortSignal) => unknown,
  signal: AbortSignal,
  schema: z.ZodType<Answer>,
): Promise<HookOutcome<Answer>> {
  try {
    const answer: unknown = await call(signal);
    if (answer === undefined || answer === null) return { ok: true, answer: undefined };
    const checked = schema.safeParse(answer);
    return checked.success
      ? { ok: true, answer: checked.data }
      : { ok: false, reason: `its answer is not usable: ${problemsOf(checked.error)}` };
  } catch (error) {
    return { ok: false, reason: `it threw ${reasonOf(error)}` };
  }
}

function problemsOf({ issues }: z.ZodError): string {
  return printableLine(
    issues.map(({ path, message }) => [...path.map(String), message].join(" ")).join("; "),
  );
}
