import { type Queue } from "@mailseal/queue";
import { reportOf } from "@mailseal/stats";
import { answer, type Handlers } from "./http-server.ts";
import type { Worker } from "./worker.ts";

/** What the operator may ask of a running worker. */
export function adminHandlers(worker: Worker, queue: Queue, reload: () => Promise<void>): Handlers {
  return new Map([
    ["GET /live", (_request, response) => answer(response, 200, { live: true })],
    [
      "GET /ready",
      (_request, response) =>
        answer(response, worker.isStopping ? 503 : 200, { ready: !worker.isStopping }),
    ],
    [
      "GET /queue",
      async (_request, response) =>
        answer(response, 200, { ...(await queue.stats()), delivering: worker.load }),
    ],
    [
      "GET /statistics",
      (_request, response) => answer(response, 200, reportOf(worker.statistics.snapshot())),
    ],
    [
      "POST /reload",
      async (_request, response) => {
        try {
          await reload();
          answer(response, 200, { reloaded: true });
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          answer(response, 422, { reloaded: false, reason });
        }
      },
    ],
  ] satisfies [string, Handlers extends ReadonlyMap<string, infer H> ? H : never][]);
}
