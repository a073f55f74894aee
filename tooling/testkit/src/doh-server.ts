import { once } from "node:events";
import { createServer } from "node:http";
import { decode } from "dns-packet";
import { responseTo, type ScriptedReply } from "./dns-server.ts";

export interface DohServer {
  /** For `dohResolver`. */
  readonly url: string;
  /** The names that were asked for, in order of arrival. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const mediaType = "application/dns-message";

/**
 * Starts a DNS-over-HTTPS server (RFC 8484, POST) on 127.0.0.1, without TLS, that answers by a script. It allows
 * requests of web pages from everywhere, as public resolvers do.
 */
export async function startDohServer(
  script: Readonly<Record<string, ScriptedReply>>,
): Promise<DohServer> {
  const replies = new Map(
    Object.entries(script).map(([name, reply]) => [name.toLowerCase(), reply]),
  );
  const asked: string[] = [];
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "content-type");
    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method !== "POST" || request.headers["content-type"] !== mediaType) {
        response.writeHead(415).end();
        return;
      }
      const query = decode(Buffer.concat(chunks));
      asked.push(query.questions?.[0]?.name.toLowerCase() ?? "");
      response.writeHead(200, { "content-type": mediaType });
      response.end(responseTo(query, replies, "https"));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/dns-query`,
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
