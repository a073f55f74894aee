import { masked } from "@mailseal/config";
import { answerKeyCheck, type Control } from "@mailseal/service";

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
    answer: ({ config }) => ({ status: 200, body: masked(config) }),
  },
  {
    method: "GET",
    path: "/keys/check",
    answer: ({ config }, query) => answerKeyCheck(config, query),
  },
  {
    method: "POST",
    path: "/reload",
    answer: async (control) => {
      try {
        return { status: 200, body: { reloaded: true, ...(await control.reload()) } };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { status: 422, body: { reloaded: false, reason } };
      }
    },
  },
];
