import type { Config } from "@mailseal/policy/config";
import { maskedConfig } from "./masked-config.ts";

/** What the admin server can ask of the running program. */
export interface Control {
  readonly config: Config;
  /** All listeners are up, and nothing is stopping. */
  readonly isReady: boolean;
  /** Resolves when the new config is in force; rejects with why it is not, and the old one stays. */
  reload(): Promise<void>;
}

interface AdminAnswer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
}

export interface AdminRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  answer(control: Control, query: URLSearchParams): AdminAnswer | Promise<AdminAnswer>;
}

/** All that the admin server knows to do. */
export const adminRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/live", answer: () => ({ status: 200, body: { live: true } }) },
  {
    method: "GET",
    path: "/ready",
    answer: ({ isReady }) => ({ status: isReady ? 200 : 503, body: { ready: isReady } }),
  },
  {
    method: "GET",
    path: "/config",
    answer: ({ config }) => ({ status: 200, body: maskedConfig(config) }),
  },
  {
    method: "POST",
    path: "/reload",
    answer: async (control) => {
      try {
        await control.reload();
        return { status: 200, body: { reloaded: true } };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { status: 422, body: { reloaded: false, reason } };
      }
    },
  },
];
