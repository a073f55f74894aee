import { asciiLine } from "@mailseal/syntax";
import type { z } from "zod";
import type { HookCall, HookCaller } from "./hook-call.ts";

export type HookOutcome<Answer> =
  | { readonly ok: true; readonly answer: Answer | undefined }
  | { readonly ok: false; readonly reason: string };

/** Calls a hook and checks the value it returns. Never rejects: a failure is an outcome. */
export async function runHook<Answer>(
  hooks: HookCaller,
  call: HookCall,
  schema: z.ZodType<Answer>,
  timeoutMs: number,
): Promise<HookOutcome<Answer>> {
  const result = await hooks.call(call, timeoutMs);
  if (!result.ok) return result;
  const { answer } = result;
  if (answer === undefined || answer === null) return { ok: true, answer: undefined };
  const checked = schema.safeParse(answer);
  return checked.success
    ? { ok: true, answer: checked.data }
    : { ok: false, reason: `its answer is not usable: ${problemsOf(checked.error)}` };
}

function problemsOf({ issues }: z.ZodError): string {
  return asciiLine(
    issues.map(({ path, message }) => [...path.map(String), message].join(" ")).join("; "),
  );
}
