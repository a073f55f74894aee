import type { Queue } from "@mailseal/queue";
import { statisticsRegistry, statisticsRoutes, type Totals } from "@mailseal/service";
import { answerKeyCheck, type Control } from "@mailseal/service";
import { answer, type Handler, type Handlers } from "./http-server.ts";
import type { KeyRotation } from "./key-rotation.ts";
import type { Worker } from "./worker.ts";

/** What the operator may ask of a running worker. */
export function adminHandlers(
  worker: Worker,
  queue: Queue,
  totals: Totals,
  rotation: KeyRotation | undefined,
  control: Control,
): Handlers {
  return new Map<string, Handler>([
    ...statisticsHandlers(totals),
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
    ["GET /rotations", (_request, response) => answer(response, 200, rotation?.latest() ?? [])],
    [
      "GET /keys/check",
      async (request, response) => {
        const { searchParams } = new URL(request.url ?? "/", "http://localhost");
        const { status, body } = await answerKeyCheck(worker.config, searchParams);
        answer(response, status, body);
      },
    ],
    [
      "POST /reload",
      async (_request, response) => {
        try {
          answer(response, 200, { reloaded: true, ...(await control.reload()) });
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          answer(response, 422, { reloaded: false, reason });
        }
      },
    ],
  ]);
}

function statisticsHandlers(totals: Totals): Handlers {
  const registry = statisticsRegistry(totals);
  const handlers = new Map<string, Handler>([
    [
      "GET /metrics",
      async (_request, response) => {
        const text = await registry.metrics();
        response.writeHead(200, { "content-type": registry.contentType });
        response.end(text);
      },
    ],
  ]);
  for (const route of statisticsRoutes(totals)) {
    handlers.set(`${route.method} ${route.path}`, async (request, response) => {
      const { searchParams } = new URL(request.url ?? "/", "http://localhost");
      const { status, body } = await route.answer(searchParams);
      answer(response, status, body);
    });
  }
  return handlers;
}
