import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ListenTarget, listenTarget } from "@mailseal/config";
import { boundAddress, listenOn } from "../net/listen-address.ts";
import type { Endpoint, EndpointAnswer } from "./endpoint.ts";
import { openGuard, refusedRequest, type RequestGuard } from "./request-guard.ts";

/** The options of the config that a server follows. */
export interface HttpServerConfig {
  /** The address, as the config has it. */
  readonly listen: string;
  readonly tokenFile?: string | undefined;
  /** The options that set these two, as an operator writes them: `admin.listen` and `admin.tokenFile`. */
  readonly optionNames: { readonly listen: string; readonly tokenFile?: string };
}

interface HttpServerLimits {
  readonly maxConnections: number;
  /** From the first octet of a request to its last. Default: as Node has it, 300 s. */
  readonly requestTimeoutMs?: number;
  /** The time that requests under way have to end when the server stops. Default: as long as they need. */
  readonly stopDeadlineMs?: number;
}

/** For an operator and the tools that watch the program: few clients, short requests. */
const adminLimits: HttpServerLimits = {
  maxConnections: 64,
  requestTimeoutMs: 10_000,
  stopDeadlineMs: 1000,
};

const headersTimeoutMs = 10_000;

/** Serves endpoints over HTTP, on a unix socket of mode 0600, on loopback, or anywhere with a token. */
export class HttpServer {
  readonly #server: Server;
  readonly #stopDeadlineMs: number | undefined;

  private constructor(server: Server, stopDeadlineMs: number | undefined) {
    this.#server = server;
    this.#stopDeadlineMs = stopDeadlineMs;
  }

  /**
   * Rejects with a `ServiceError`: "admin" if the server would be open to other machines, or if its token could be
   * guessed or read by others, "listen" if it cannot listen.
   */
  static async start(
    config: HttpServerConfig,
    endpoints: readonly Endpoint[],
    { maxConnections, requestTimeoutMs, stopDeadlineMs }: HttpServerLimits = adminLimits,
  ): Promise<HttpServer> {
    const guard = await openGuard(config);
    const server = createServer((request, response) => {
      answerRequest(request, response, endpoints, guard).catch((error: unknown) => {
        if (response.headersSent) {
          response.destroy();
        } else {
          sendJson(response, 500, {
            error: error instanceof Error ? error.message : String(error),
          });
        }
      });
    });
    if (requestTimeoutMs !== undefined) server.requestTimeout = requestTimeoutMs;
    server.headersTimeout = headersTimeoutMs;
    server.maxConnections = maxConnections;
    await listenOn(server, listenTarget(config.listen));
    return new HttpServer(server, stopDeadlineMs);
  }

  /** The address that the server listens on, with the port that the system chose in place of 0. */
  get address(): ListenTarget {
    return boundAddress(this.#server);
  }

  /** Takes no more requests; resolves when those under way have ended, or their time is up. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    const timer =
      this.#stopDeadlineMs === undefined
        ? undefined
        : setTimeout(() => this.#server.closeAllConnections(), this.#stopDeadlineMs);
    await closed;
    clearTimeout(timer);
  }
}

async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  endpoints: readonly Endpoint[],
  guard: RequestGuard,
): Promise<void> {
  // A query may hold further question marks.
  const [path = "", ...queryParts] = request.url?.split("?") ?? [];
  const refused = refusedRequest(request.headers, guard);
  const here = endpoints.filter((it) => it.path === path);
  const endpoint = here.find(({ method }) => method === request.method);
  // Only an endpoint that serves by itself reads a body.
  if (refused !== undefined || endpoint === undefined || "answer" in endpoint) request.resume();
  if (refused !== undefined) {
    const [status, error] = refused;
    sendJson(response, status, { error });
  } else if (endpoint === undefined) {
    const paths = endpoints.map((it) => it.path).join(", ");
    const [status, expected] =
      here.length > 0
        ? [405, here.map(({ method }) => method).join(" or ")]
        : [404, `one of ${paths}`];
    sendJson(response, status, { error: `expected ${expected}` });
  } else if ("answer" in endpoint) {
    send(response, await endpoint.answer(new URLSearchParams(queryParts.join("?"))));
  } else {
    await endpoint.serve(request, response);
  }
}

function send(response: ServerResponse, answer: EndpointAnswer): void {
  if ("body" in answer) {
    sendJson(response, answer.status, answer.body);
    return;
  }
  response.writeHead(answer.status, { "content-type": answer.contentType });
  response.end(answer.text);
}

/** Answers with one JSON value, which no cache keeps. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
