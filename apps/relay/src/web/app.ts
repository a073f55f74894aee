import type { TxtResolver } from "@mailseal/dns-record";
import { seriesOf, statisticsRoutes, type Totals } from "@mailseal/service";
import { MemoryBudget, readBody, retryAfterSeconds } from "@mailseal/service";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Control } from "../admin/routes.ts";
import type { JointStatistics } from "../statistics/joint-statistics.ts";
import type { KeyInventory } from "../statistics/key-inventory.ts";
import { metricsRegistry } from "../statistics/metrics.ts";
import type { WorkerWatch } from "../statistics/worker-watch.ts";
import type { Asset } from "./asset-files.ts";
import { Explainer } from "./explainer.ts";
import { Guard, safeHeaders } from "./guard.ts";
import { liveEvents } from "./live-events.ts";
import { LiveSections } from "./live-sections.ts";
import { explanationPage } from "./views/explanation.ts";
import { loginPage } from "./views/login.ts";
import { messagePage } from "./views/message-page.ts";
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

const maxMessageBytes = 2 * 1024 * 1024;
/** Of all uploads that arrive, together: the page must not cost the mail its memory. */
const maxUploadsBytes = 16 * 1024 * 1024;
const uploadTimeoutMs = 20_000;
const refusedTitles = { 408: "Too slow", 413: "Too large", 503: "Busy" } as const;
const failureNotFound = "It is not kept any more: only the last failed messages are.";

/** The page and what it loads, /metrics, and the statistics as the admin socket has them. */
export function webApp(parts: WebParts): Hono {
  const { control, totals, statistics, inventory, assets } = parts;
  const guard = new Guard(parts.token);
  const app = new Hono();
  app.use(safeHeaders, guard.check);
  app.onError((error, c) => c.text(`Something failed here: ${error.name}\n`, 500));

  const sections = new LiveSections(parts);
  app.get("/", (c) => c.html(overviewPage(control.config, sections.now())));
  app.get("/live", liveEvents(sections, statistics, parts.stopping));
  app.get("/series", (c) => c.json(seriesOf(statistics, new URL(c.req.url).searchParams)));
  for (const [path, { type, text }] of assets) {
    app.get(path, (c) => c.body(text, 200, { "content-type": type, "cache-control": "no-cache" }));
  }
  metricsRoute(app, totals, inventory);
  explainRoutes(app, parts);
  loginRoutes(app, guard);
  for (const { method, path, answer } of statisticsRoutes(totals)) {
    app.on(method, path, async (c) => {
      const { status, body } = await answer(new URL(c.req.url).searchParams);
      return Response.json(body, { status });
    });
  }
  return app;
}

function metricsRoute(app: Hono, totals: Totals, inventory: KeyInventory): void {
  const registry = metricsRegistry(totals, inventory);
  app.get("/metrics", async (c) =>
    c.body(await registry.metrics(), 200, { "content-type": registry.contentType }),
  );
}

function explainRoutes(app: Hono, { totals, resolver }: WebParts): void {
  const explainer = new Explainer(resolver);
  app.get("/failures/:id{[0-9]+}", async (c) => {
    const failure = totals.failures.find(Number(c.req.param("id")));
    if (failure === undefined) return c.html(messagePage("No such message", failureNotFound), 404);
    const explained = await explainer.explain(Buffer.from(failure.message, "latin1"));
    if (explained === "busy") return c.html(busyPage(), 503);
    return c.html(explanationPage(`Message ${failure.queueId}`, explained, failure));
  });
  const limits = {
    maxBytes: maxMessageBytes,
    budget: new MemoryBudget(maxUploadsBytes),
    timeoutMs: uploadTimeoutMs,
  };
  app.post("/explain", async (c) => {
    const { body: source } = c.req.raw;
    const declared = c.req.header("content-length");
    const body = await readBody(source ?? nothing(), declared, limits);
    if (!body.ok) {
      if (body.status === 503) c.header("retry-after", retryAfterSeconds);
      return c.html(messagePage(refusedTitles[body.status], `${body.error}.`), body.status);
    }
    const type = c.req.header("content-type") ?? "";
    const message = await uploaded(body.bytes, type).finally(() => body.release());
    if (message.length === 0) {
      const hint = "Paste a message with all of its header, or choose the file it was saved in.";
      return c.html(messagePage("No message", hint), 400);
    }
    const explained = await explainer.explain(message);
    return explained === "busy"
      ? c.html(busyPage(), 503)
      : c.html(explanationPage("Your message", explained));
  });
}

/** The file or the text of the form; empty where it is no form. */
async function uploaded(body: Uint8Array, contentType: string): Promise<Uint8Array> {
  const form = new Response(new Uint8Array(body), { headers: { "content-type": contentType } });
  const fields = await form.formData().catch(() => new FormData());
  const [file, text] = [fields.get("file"), fields.get("text")];
  return file instanceof File && file.size > 0
    ? new Uint8Array(await file.arrayBuffer())
    : Buffer.from(typeof text === "string" ? text : "");
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A request without a body.
}

function busyPage(): ReturnType<typeof messagePage> {
  return messagePage("Busy", "Other messages are being explained. Try again in a moment.");
}

function loginRoutes(app: Hono, guard: Guard): void {
  app.get("/login", (c) => c.html(loginPage("ask")));
  const limit = bodyLimit({ maxSize: 16 * 1024 });
  app.post("/login", limit, async (c) => {
    const { token } = await c.req.parseBody();
    return guard.logIn(c, typeof token === "string" ? token : "")
      ? c.redirect("/", 303)
      : c.html(loginPage("refused"), 401);
  });
}
