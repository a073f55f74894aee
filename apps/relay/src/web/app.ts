import { hostname } from "node:os";
import type { TxtResolver } from "@mailseal/dns-record";
import { type Control, seriesOf, statisticsEndpoints, type Totals } from "@mailseal/service";
import { Hono } from "hono";
import type { JointStatistics } from "../statistics/joint-statistics.ts";
import type { KeyInventory } from "../statistics/key-inventory.ts";
import { metricsRegistry } from "../statistics/metrics.ts";
import type { WorkerWatch } from "../statistics/worker-watch.ts";
import type { Asset } from "./asset-files.ts";
import { explainEndpoints } from "./explain-endpoints.ts";
import { Guard, loginEndpoints, safeHeaders } from "./guard.ts";
import { liveEvents } from "./live-events.ts";
import { LiveSections } from "./live-sections.ts";
import { overviewPage } from "./views/overview.ts";

export interface WebParts {
  readonly control: Control;
  readonly totals: Totals;
  readonly statistics: JointStatistics;
  readonly inventory: KeyInventory;
  readonly worker: WorkerWatch;
  readonly resolver: () => Promise<TxtResolver>;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly token: string | undefined;
  readonly stopping: AbortSignal;
}

/** The page with its assets, /metrics, and the statistics endpoints of the admin server. */
export function webApp(parts: WebParts): Hono {
  const { control, totals, statistics, inventory, assets } = parts;
  const guard = new Guard(parts.token);
  const app = new Hono();
  app.use(safeHeaders, guard.check);
  app.onError((error, c) => c.text(`Unexpected failure: ${error.name}\n`, 500));

  const sections = new LiveSections(parts);
  app.get("/", (c) => c.html(overviewPage(control.config.hostname ?? hostname(), sections.now())));
  app.get("/live", liveEvents(sections, statistics, parts.stopping));
  app.get("/series", (c) => c.json(seriesOf(statistics, new URL(c.req.url).searchParams)));
  for (const [path, { type, text }] of assets) {
    app.get(path, (c) => c.body(text, 200, { "content-type": type, "cache-control": "no-cache" }));
  }
  metricsEndpoint(app, totals, inventory);
  explainEndpoints(app, parts);
  loginEndpoints(app, guard);
  for (const { method, path, answer } of statisticsEndpoints(totals)) {
    app.on(method, path, async (c) => {
      const { status, body } = await answer(new URL(c.req.url).searchParams);
      return Response.json(body, { status });
    });
  }
  return app;
}

function metricsEndpoint(app: Hono, totals: Totals, inventory: KeyInventory): void {
  const registry = metricsRegistry(totals, inventory);
  app.get("/metrics", async (c) =>
    c.body(await registry.metrics(), 200, { "content-type": registry.contentType }),
  );
}
