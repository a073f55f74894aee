import type { IncomingMessage, ServerResponse } from "node:http";
import type { Control } from "../reload/config-reloader.ts";
import { answerKeyCheck } from "./key-check.ts";

export interface JsonAnswer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
}

interface TextAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

export type EndpointAnswer = JsonAnswer | TextAnswer;

interface Place {
  readonly method: "GET" | "POST";
  /** Without the query. */
  readonly path: string;
}

/** Answers requests without a body. An exception becomes a 500 with its message. */
export interface AnsweringEndpoint<Answer extends EndpointAnswer = EndpointAnswer> extends Place {
  answer(query: URLSearchParams): Answer | Promise<Answer>;
}

/** Reads the body of a request and writes the response by itself. */
interface ServingEndpoint extends Place {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export type Endpoint = AnsweringEndpoint | ServingEndpoint;

/** The endpoints that every running program has. */
export function programEndpoints(control: Control): readonly AnsweringEndpoint[] {
  return [
    { method: "GET", path: "/live", answer: () => ({ status: 200, body: { live: true } }) },
    {
      method: "GET",
      path: "/ready",
      answer: () => {
        const { isReady } = control;
        return { status: isReady ? 200 : 503, body: { ready: isReady } };
      },
    },
    {
      method: "GET",
      path: "/keys/check",
      answer: (query) => answerKeyCheck(control.config, query),
    },
    {
      method: "POST",
      path: "/reload",
      answer: async () => {
        try {
          return { status: 200, body: { reloaded: true, ...(await control.reload()) } };
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          return { status: 422, body: { reloaded: false, reason } };
        }
      },
    },
  ];
}
