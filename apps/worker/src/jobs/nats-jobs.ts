import { lastingConnection } from "@mailseal/queue/nats";
import { type MemoryBudget, natsConnection, type QueueConfig } from "@mailseal/service";
import { connect, headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import type { JobKind, JobRunner } from "./job-runner.ts";

/**
 * Answers requests on `SUBJECT.sign` and `SUBJECT.verify`. A request is the raw message; the reply is the signed message or
 * the verdict as JSON, or has the headers `error` and `status`. Each request goes to one of the workers. The
 * `max_payload` of the NATS servers limits requests and replies.
 */
export async function startNatsJobs(
  nats: NonNullable<QueueConfig["nats"]>,
  subject: string,
  runner: JobRunner,
  budget: MemoryBudget,
): Promise<NatsConnection> {
  const connection = await connect(lastingConnection(natsConnection(nats)));
  for (const kind of ["sign", "verify"] as const) {
    connection.subscribe(`${subject}.${kind}`, {
      queue: "mailseal-worker",
      callback: (error, request) => {
        if (error === null) void reply(kind, request, runner, budget);
      },
    });
  }
  return connection;
}

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
  request.respond("", { headers: fields });
}
