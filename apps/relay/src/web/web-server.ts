import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { type Config, listenTarget } from "@mailseal/config";
import {
  type Control,
  formatAddress,
  listenOn,
  openGuard,
  resolverOf,
  type Totals,
} from "@mailseal/service";
import { JointStatistics } from "../statistics/joint-statistics.ts";
import { KeyInventory } from "../statistics/key-inventory.ts";
import { signingDomains } from "../statistics/metrics.ts";
import { WorkerWatch } from "../statistics/worker-watch.ts";
import { webApp } from "./app.ts";
import { loadAssets } from "./asset-files.ts";

export interface WebOptions {
  readonly listen: string;
  readonly tokenFile?: string | undefined;
  readonly control: Control;
  readonly totals: Totals;
}

/** Serves the page and /metrics. */
export class WebServer {
  readonly #server: Server;
  readonly #stopping: AbortController;

  private constructor(server: Server, stopping: AbortController) {
    this.#server = server;
    this.#stopping = stopping;
  }

  /** Starts if the config sets an address. */
  static async startIfWanted(
    { web: listen, tokenFile }: Config["admin"],
    control: Control,
    totals: Totals,
  ): Promise<WebServer | undefined> {
    return listen === undefined
      ? undefined
      : WebServer.start({ listen, tokenFile, control, totals });
  }

  /** Rejects with a `ServiceError`: "admin" if it would be open to other machines, "listen" if it cannot listen. */
  static async start({ listen, tokenFile, control, totals }: WebOptions): Promise<WebServer> {
    const optionNames = { listen: "admin.web", tokenFile: "admin.tokenFile" };
    const { token } = await openGuard({ listen, tokenFile, optionNames });
    const stopping = new AbortController();
    const worker = new WorkerWatch({ config: () => control.config });
    const statistics = new JointStatistics(totals, worker);
    const inventory = new KeyInventory({
      config: () => control.config,
      domains: async () => {
        // The worker has signed for some of these domains, so its statistics have to be recent.
        await worker.refresh();
        return signingDomains(statistics);
      },
      resolver: resolverOf,
      now: Date.now,
    });
    void inventory.refresh();
    const app = webApp({
      control,
      totals,
      statistics,
      inventory,
      worker,
      resolver: () => resolverOf(control.config.dns),
      assets: await loadAssets(),
      token,
      stopping: stopping.signal,
    });
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    server.requestTimeout = 30_000;
    server.maxConnections = 256;
    await listenOn(server, listenTarget(listen));
    return new WebServer(server, stopping);
  }

  /** The address for a browser. */
  get url(): string {
    const address = this.#server.address();
    return address === null || typeof address === "string"
      ? `unix:${address ?? ""}`
      : `http://${formatAddress({ host: address.address, port: address.port })}/`;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
