/** The parts of miniflare that tests use. Its own types need those of workerd and of its copy of zod. */
interface Miniflare {
  dispatchFetch(url: string, init?: RequestInit): Promise<Response>;
  dispose(): Promise<void>;
}

interface MiniflareModule {
  readonly Miniflare: new (options: Readonly<Record<string, unknown>>) => Miniflare;
}

export interface Worker extends Miniflare, AsyncDisposable {}

/** A day on which everything that workers use by default today existed. */
const compatibilityDate = "2026-06-01";

/** Whether the npm package `miniflare`, which brings workerd, is installed. */
export async function workerdIsInstalled(): Promise<boolean> {
  return importMiniflare().then(
    () => true,
    () => false,
  );
}

/** Starts a bundled worker in workerd, with Node's modules (`nodejs_compat`). */
export async function startWorker(
  script: string,
  bindings: Readonly<Record<string, string>>,
): Promise<Worker> {
  const { Miniflare: Runtime } = await importMiniflare();
  const worker = new Runtime({
    modules: true,
    script,
    bindings,
    // By default it asks a server of its maker where this machine is.
    cf: false,
    compatibilityDate,
    compatibilityFlags: ["nodejs_compat"],
    // Mail is delivered by a request to /cdn-cgi/handler/email.
    unsafeTriggerHandlers: true,
  });
  return Object.assign(worker, { [Symbol.asyncDispose]: () => worker.dispose() });
}

async function importMiniflare(): Promise<MiniflareModule> {
  const name: string = "miniflare";
  return import(name) as Promise<MiniflareModule>;
}
