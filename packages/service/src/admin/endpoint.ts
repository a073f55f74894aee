import type { IncomingMessage, ServerResponse } from "node:http";
import process from "node:process";
import type { Config } from "@mailseal/config";
import { checkKey } from "@mailseal/policy/keys";
import type { Control } from "../reload/config-reloader.ts";

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

/**
 * Answers `GET /keys/check?domain=D&selector=S&file=PATH`: whether this process can sign with a key. It reads the file as
 * it would for a message. Nothing of the key is in the answer.
 */
async function answerKeyCheck(config: Config, query: URLSearchParams): Promise<JsonAnswer> {
  const [domain, selector, keyFile] = ["domain", "selector", "file"].map((name) => query.get(name));
  if (!domain || !selector || !keyFile?.startsWith("/")) {
    return {
      status: 400,
      body: { error: "expected domain, selector, and an absolute path as file" },
    };
  }
  const answer = await checkKey(config, { domain, selector, keyFile });
  const user = { uid: process.geteuid?.(), gid: process.getegid?.() };
  return answer.status === "found"
    ? { status: 200, body: { usable: true, user } }
    : {
        status: 200,
        body: { usable: false, user, reason: answer.reason, remedy: answer.remedy },
      };
}
