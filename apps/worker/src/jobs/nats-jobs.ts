import { lastingConnection } from "@mailseal/queue/nats";
import { type MemoryBudget, natsConnection, type QueueConfig } from "@mailseal/service";
import { connect, headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import type { JobKind, JobRunner } from "./job-runner.ts";

/**
 * `SUBJECT.sign` and `SUBJECT.verify` as request and reply: the raw message in; the signed message or the
 * verdict as JSON out, or a header `error` with `status`. Workers share the requests. Answers are bounded by the
 * servers' `max_payload`.
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
    respondError(request, 503, "too much is being signed at the moment (limits.memory), try again");
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
