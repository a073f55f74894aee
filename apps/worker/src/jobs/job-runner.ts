import { changedMessage, type Pipeline, type Processed } from "@mailseal/policy";
import { formatFields, toCrlf } from "@mailseal/syntax";

export type JobKind = "sign" | "verify";

/** The binding and envelope of a message, as far as the client gives them. */
export interface JobOptions {
  readonly binding?: string;
  readonly from?: string;
  readonly recipients?: readonly string[];
}

/** The result of a job. A message that could not be signed is an error, never returned unsigned. */
export type JobAnswer =
  | { readonly ok: true; readonly pieces: readonly Uint8Array[]; readonly signatures: number }
  | { readonly ok: true; readonly verdict: unknown }
  | { readonly ok: false; readonly status: 422 | 503; readonly error: string };

/** The answer if too many jobs are running. */
export const busyAnswer: Extract<JobAnswer, { readonly ok: false }> = {
  ok: false,
  status: 503,
  error: "too many jobs are running (worker.jobs.concurrency); try again later",
};

/** Signs and verifies messages for other programs, with the pipeline of the worker and a limit on simultaneous jobs. */
export class JobRunner {
  readonly #pipeline: () => Pipeline;
  readonly #concurrency: number;
  readonly #onSigned: (processed: Processed) => void;
  #running = 0;
  #count = 0;

  /** `onSigned` is called for each message that is returned signed. */
  constructor(
    pipeline: () => Pipeline,
    concurrency: number,
    onSigned: (processed: Processed) => void = () => undefined,
  ) {
    this.#onSigned = onSigned;
    this.#pipeline = pipeline;
    this.#concurrency = concurrency;
  }

  get isBusy(): boolean {
    return this.#running >= this.#concurrency;
  }

  /** Resolves to `busyAnswer` if too many jobs are running. Bare line feeds in `raw` become CRLF. */
  async run(kind: JobKind, raw: Uint8Array, options: JobOptions = {}): Promise<JobAnswer> {
    if (this.isBusy) return busyAnswer;
    this.#running++;
    try {
      return await this.#processed(kind, toCrlf(raw), options);
    } finally {
      this.#running--;
    }
  }

  async #processed(kind: JobKind, raw: Uint8Array, options: JobOptions): Promise<JobAnswer> {
    const message = { sizeBytes: raw.length, chunks: () => [raw] };
    this.#count++;
    const processed = await this.#pipeline().process(
      message,
      { from: options.from ?? "", recipients: options.recipients ?? [] },
      {
        direction: kind === "sign" ? "outbound" : "inbound",
        queueId: `job-${this.#count}`,
        listener: "jobs",
        relayNetwork: true,
        variables: new Map(),
        ...(options.binding === undefined ? {} : { binding: options.binding }),
      },
    );
    if (kind === "verify") return verdictOf(processed);
    const answer = await signed(message, processed);
    if (answer.ok) this.#onSigned(processed);
    return answer;
  }
}

async function signed(
  message: { readonly sizeBytes: number; chunks(): Iterable<Uint8Array> },
  processed: Processed,
): Promise<JobAnswer> {
  const { disposition, signatures, skipped } = processed;
  if ("code" in disposition) {
    const status = disposition.action === "defer" ? 503 : 422;
    return { ok: false, status, error: disposition.text };
  }
  if (signatures.length === 0) {
    return { ok: false, status: 422, error: `not signed: ${skipped ?? "unknown reason"}` };
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of changedMessage(message, processed).chunks()) pieces.push(piece);
  return { ok: true, pieces, signatures: signatures.length };
}

function verdictOf({ report, disposition, prepend }: Processed): JobAnswer {
  if (report === undefined) {
    const error = "text" in disposition ? disposition.text : "not verified";
    return { ok: false, status: disposition.action === "defer" ? 503 : 422, error };
  }
  return {
    ok: true,
    verdict: { disposition, authenticationResults: formatFields(prepend), ...report },
  };
}
