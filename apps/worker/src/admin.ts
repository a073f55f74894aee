import type { Config } from "@mailseal/config";
import type { Queue } from "@mailseal/queue";
import {
  type Control,
  HttpServer,
  type HttpServerConfig,
  metricsEndpoint,
  programEndpoints,
  statisticsEndpoints,
  type Totals,
  workerReadingEndpoints,
} from "@mailseal/service";
import type { KeyRotation } from "./key-rotation.ts";
import type { Worker } from "./worker.ts";

export interface AdminParts {
  readonly worker: Worker;
  readonly queue: Queue;
  readonly totals: Totals;
  readonly rotation: KeyRotation | undefined;
  readonly control: Control;
}

/** The options that the admin server follows. */
export function adminServer({ worker: { admin: listen } }: Config): HttpServerConfig {
  return { listen, optionNames: { listen: "worker.admin" } };
}

/** Starts the HTTP server for the operator, at `worker.admin`; the relay's page asks it too. */
export function startAdmin(
  config: Config,
  { worker, queue, totals, rotation, control }: AdminParts,
): Promise<HttpServer> {
  return HttpServer.start(adminServer(config), [
    ...programEndpoints(control),
    ...statisticsEndpoints(totals),
    metricsEndpoint(totals),
    ...workerReadingEndpoints({
      queue: async () => ({ ...(await queue.stats()), delivering: worker.load }),
      rotations: () => rotation?.latest() ?? [],
    }),
  ]);
}
