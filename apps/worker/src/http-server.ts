import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ListenTarget, listenTarget } from "@mailseal/config";
import { listenOn, readToken, refusedRequest } from "@mailseal/service";

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Handlers by method and path, as in `POST /v1/sign`. */
export type Handlers = ReadonlyMap<string, Handler>;

/** HTTP for this machine, or for whoever has the token. The config has been checked: without a token it is loopback. */
export class HttpServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Throws a `MailsealError` "listen" where it cannot listen, "admin" for a token that could be guessed. */
  static async start(
    listen: string,
    tokenFile: string | undefined,
    handlers: Handlers,
  ): Promise<HttpServer> {
    const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
    const server = createServer((request, response) => {
      const refused = refusedRequest(request.headers, { listen, token });
      const handler = handlers.get(`${request.method} ${request.url?.split("?", 1)[0]}`);
      if (refused !== undefined || handler === undefined) {
        const [status, error] = refused ?? [
          404,
          `expected one of ${[...handlers.keys()].join(", ")}`,
        ];
        answer(response, status, { error });
        request.resume();
        return;
      }
      Promise.resolve(handler(request, response)).catch((error: unknown) => {
        if (response.headersSent) {
          response.destroy();
        } else {
          answer(response, 500, { error: error instanceof Error ? error.message : String(error) });
        }
      });
    });
    server.headersTimeout = 10_000;
    server.maxConnections = 256;
    await listenOn(server, listenTarget(listen));
    return new HttpServer(server);
  }

  get address(): ListenTarget {
    const address = this.#server.address();
    return address === null || typeof address === "string"
      ? { path: address ?? "" }
      : { host: address.address, port: address.port };
  }

  /** Requests that are being answered end. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    await closed;
  }
}

/** One JSON object. */
export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
