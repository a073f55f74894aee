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
  messageSize: number,
): AsyncGenerator<string> {
  // Base64 is a third longer.
  const longest = Math.ceil((messageSize * 4) / 3) + 4096;
  for await (const line of linesOf(input, longest)) {
    if (line === undefined) {
      yield answerLine(null, refused(`expected lines of at most ${longest} octets`));
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

/** Undefined, as the last, for a line that is too long. */
async function* linesOf(
  input: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<string | undefined> {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield Buffer.concat([...pieces, rest.subarray(0, end)]).toString("utf8");
      pieces = [];
      size = 0;
      rest = rest.subarray(end + 1);
    }
    pieces.push(rest);
    size += rest.length;
    if (size > longest) {
      yield undefined;
      return;
    }
  }
  yield Buffer.concat(pieces).toString("utf8");
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
    "message" in result
      ? { ...result, message: Buffer.from(result.message).toString("base64") }
      : result;
  return `${JSON.stringify({ id, ...shown })}\n`;
}
