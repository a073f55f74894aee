import { type BodyLimits, CountedBytes, type MemoryBudget } from "@mailseal/service";
import type { JobAnswer, JobOptions, JobRunner } from "./job-runner.ts";

interface BatchJob extends JobOptions {
  readonly id: unknown;
  readonly kind: "sign" | "verify";
  readonly raw: Uint8Array;
}

/**
 * Runs a batch of jobs, which is NDJSON with a job on each line:
 * `{"id": 1, "kind": "sign", "message": "<base64>", "binding": "out"}`. The answer to each is a line:
 * `{"id": 1, "ok": true, "message": "<base64>"}`, `{"id": 1, "ok": true, "verdict": {...}}` or
 * `{"id": 1, "ok": false, "status": 422, "error": "..."}`. A line that is not valid gets an error, and the batch goes on.
 * A line that is too long, or does not fit into memory, ends the batch after its error.
 */
export async function* batchLines(
  input: AsyncIterable<Uint8Array>,
  runner: JobRunner,
  { maxBytes, budget }: BodyLimits,
): AsyncGenerator<string> {
  // Base64 makes a message a third longer.
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

/** Splits the input into lines. The memory of a line counts until its answer. A line that does not fit ends the input. */
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
            ? refused(`the line is too long: expected lines of at most ${longest} octets`)
            : {
                ok: false,
                status: 503,
                error: "the uploads in progress fill the memory (limits.memory); try again later",
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
    return {
      ok: false,
      id: null,
      error: "the line is not JSON: expected a JSON object on each line",
    };
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
