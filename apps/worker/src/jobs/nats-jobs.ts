import { lastingConnection } from "@mailseal/queue/nats";
import { type MemoryBudget, natsConnection, type QueueConfig } from "@mailseal/service";
import { connect, headers, type Msg } from "@nats-io/transport-node";
import { pause } from "../pause.ts";
import type { JobKind, JobRunner } from "./job-runner.ts";

export interface NatsJobs {
  /** Accepts no more requests, replies to those in progress within `deadlineMs`, and closes the connection. */
  stop(deadlineMs: number): Promise<void>;
}

/**
 * Answers requests on `SUBJECT.sign` and `SUBJECT.verify`. A request is the raw message; the reply is the signed message or
 * the verdict as JSON, or has the headers `error` and `status`. Each request goes to one of the workers. The
 * `max_payload` of the NATS servers limits requests and replies. Resolves when the server has the subscriptions.
 */
export async function startNatsJobs(
  nats: NonNullable<QueueConfig["nats"]>,
  subject: string,
  runner: JobRunner,
  budget: MemoryBudget,
): Promise<NatsJobs> {
  const connection = await connect(lastingConnection(natsConnection(nats)));
  const running = new Set<Promise<void>>();
  const answer = (kind: JobKind, request: Msg): void => {
    const job = reply(kind, request, runner, budget).finally(() => running.delete(job));
    running.add(job);
  };
  const subscriptions = (["sign", "verify"] as const).map((kind) =>
    connection.subscribe(`${subject}.${kind}`, {
      queue: "mailseal-worker",
      callback: (error, request) => {
        if (error === null) answer(kind, request);
      },
    }),
  );
  await connection.flush();
  const finish = async (): Promise<void> => {
    await Promise.all(subscriptions.map((subscription) => subscription.drain()));
    await Promise.all(running);
    await connection.flush();
  };
  return {
    async stop(deadlineMs) {
      const deadline = new AbortController();
      // While the server cannot be reached, neither draining nor flushing ends.
      const finished = finish().catch(() => undefined);
      await Promise.race([finished, pause(deadlineMs, deadline.signal)]);
      deadline.abort();
      await connection.close();
    },
  };
}

/** Never rejects. If the connection is closed, the client gets no reply and its request times out. */
async function reply(
  kind: JobKind,
  request: Msg,
  runner: JobRunner,
  budget: MemoryBudget,
): Promise<void> {
  const { length } = request.data;
  if (!budget.take(length)) {
    respondError(
      request,
      503,
      "the jobs in progress fill the memory (limits.memory); try again later",
    );
    return;
  }
  try {
    const binding = request.headers?.get("binding") ?? "";
    const result = await runner.run(kind, request.data, binding === "" ? {} : { binding });
    if (!result.ok) {
      respondError(request, result.status, result.error);
    } else {
      request.respond(
        "pieces" in result ? Buffer.concat(result.pieces) : JSON.stringify(result.verdict),
      );
    }
  } catch (error) {
    respondError(request, 500, error instanceof Error ? error.message : String(error));
  } finally {
    budget.give(length);
  }
}

function respondError(request: Msg, status: number, error: string): void {
  const fields = headers();
  fields.set("status", String(status));
  fields.set("error", error);
  try {
    request.respond("", { headers: fields });
  } catch {
    // The connection is closed, as at a stop whose deadline has passed.
  }
}
