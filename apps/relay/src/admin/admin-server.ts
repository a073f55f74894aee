import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Config, isLoopback, listenTarget, type ListenTarget } from "@mailseal/config";
import { listenOn, readToken, refusedRequest, type RequestGuard } from "@mailseal/service";
import type { Control } from "@mailseal/service";
import { RelayError } from "../errors.ts";
import { type AdminRoute, adminRoutes } from "./routes.ts";

/** HTTP for the operator, on a unix socket (0600) or loopback, or anywhere with a token. */
export class AdminServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Throws a `RelayError` "admin" where it would be open to others, "listen" where it cannot listen. */
  static async start(
    { listen, tokenFile }: Config["admin"],
    control: Control,
    routes: readonly AdminRoute[] = adminRoutes,
  ): Promise<AdminServer> {
    if (tokenFile === undefined && !isLoopback(listen)) {
      throw new RelayError(
        "admin",
        `admin.listen ${listen} is open to other machines: set admin.tokenFile, or listen on loopback or a unix socket`,
      );
    }
    const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
    const server = createServer((request, response) => {
      void answer(request, response, control, routes, { listen, token });
    });
    server.requestTimeout = 10_000;
    server.maxConnections = 64;
    await listenOn(server, listenTarget(listen));
    return new AdminServer(server);
  }

  /** Where it listens. */
  get address(): ListenTarget {
    const address = this.#server.address();
    return address === null || typeof address === "string"
      ? { path: address ?? "" }
      : { host: address.address, port: address.port };
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  control: Control,
  routes: readonly AdminRoute[],
  guard: RequestGuard,
): Promise<void> {
  // Nothing here has a body; what comes is not read.
  request.resume();
  const [path = "", queryText = ""] = request.url?.split("?", 2) ?? [];
  const query = new URLSearchParams(queryText);
  const here = routes.filter((route) => route.path === path);
  const route = here.find(({ method }) => method === request.method);
  const refused = refusedRequest(request.headers, guard);
  if (refused !== undefined) {
    const [status, error] = refused;
    send(response, status, { error });
  } else if (route !== undefined) {
    await answerRoute(response, route, control, query);
  } else if (here.length > 0) {
    send(response, 405, { error: `expected ${here.map(({ method }) => method).join(" or ")}` });
  } else {
    send(response, 404, { error: `expected one of ${routes.map((it) => it.path).join(", ")}` });
  }
}

async function answerRoute(
  response: ServerResponse,
  route: AdminRoute,
  control: Control,
  query: URLSearchParams,
): Promise<void> {
  try {
    const { status, body } = await route.answer(control, query);
    send(response, status, body);
  } catch (error) {
    send(response, 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
