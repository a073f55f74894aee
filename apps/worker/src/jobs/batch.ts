import { type BodyLimits, CountedBytes, type MemoryBudget } from "@mailseal/service";
import type { JobAnswer, JobOptions, JobRunner } from "./job-runner.ts";

interface BatchJob extends JobOptions {
  readonly id: unknown;
  readonly kind: "sign" | "verify";
  readonly raw: Uint8Array;
}

/**
 * A batch as NDJSON: `{"id": 1, "kind": "sign", "message": "<base64>", "binding": "out"}` a line, answered by
 * a line `{"id": 1, "ok": true, "message": "<base64>"}`, `{"id": 1, "ok": true, "verdict": {...}}` or
 * `{"id": 1, "ok": false, "status": 422, "error": "..."}`. A line that cannot be read is answered so, too; one
 * that is too long ends the batch.
 */
export async function* batchLines(
  input: AsyncIterable<Uint8Array>,
  runner: JobRunner,
  { maxBytes, budget }: BodyLimits,
): AsyncGenerator<string> {
  // Base64 is a third longer.
  const longest = Math.ceil((maxBytes * 4) / 3) + 4096;
  for await (const line of linesOf(input, longest, budget)) {
    if (typeof line !== "string") {
      yield answerLine(null, line);
      return;
    }
    if (line.trim() !== "") {
      const job = readJob(line);
      yield "ok" in job
        ? answerLine(job.id, refused(job.error))
        : answerLine(job.id, await runner.run(job.kind, job.raw, job));
    }
  }
}

/** What a line holds is counted until it is answered. The refusal of one that cannot be kept is the last. */
async function* linesOf(
  input: AsyncIterable<Uint8Array>,
  longest: number,
  budget: MemoryBudget,
): AsyncGenerator<string | JobAnswer> {
  const line = new CountedBytes(budget, longest);
  try {
    for await (const chunk of input) {
      for (let rest = chunk; rest.length > 0;) {
        const end = rest.indexOf(0x0a);
        const piece = end < 0 ? rest : rest.subarray(0, end);
        if (!line.add(piece)) {
          yield line.sizeBytes + piece.length > longest
            ? refused(`expected lines of at most ${longest} octets`)
            : {
                ok: false,
                status: 503,
                error: "too much is being uploaded at the moment, try again",
              };
          return;
        }
        if (end < 0) break;
        yield line.bytes.toString("utf8");
        line.release();
        rest = rest.subarray(end + 1);
      }
    }
    yield line.bytes.toString("utf8");
  } finally {
    line.release();
  }
}

function readJob(
  line: string,
): BatchJob | { readonly ok: false; readonly id: unknown; readonly error: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, id: null, error: "expected a JSON object on each line" };
  }
  const { id, kind, message, binding } = (value ?? {}) as Record<string, unknown>;
  if ((kind !== "sign" && kind !== "verify") || typeof message !== "string") {
    return { ok: false, id, error: 'expected kind "sign" or "verify", and message as base64' };
  }
  const raw = Buffer.from(message, "base64");
  return { id, kind, raw, ...(typeof binding === "string" ? { binding } : {}) };
}

function refused(error: string): JobAnswer {
  return { ok: false, status: 422, error };
}

function answerLine(id: unknown, result: JobAnswer): string {
  const shown =
    "pieces" in result
      ? {
          ok: true,
          message: Buffer.concat(result.pieces).toString("base64"),
          signatures: result.signatures,
        }
      : result;
  return `${JSON.stringify({ id, ...shown })}\n`;
}
