import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { onTestFinished } from "vitest";

/** Starts an admin server that gives the same answer to every request. */
export async function serveAdmin(
  answer: unknown,
  status = 200,
): Promise<{ at: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ method, url, headers }, response) => {
    asked.push(`${method} ${url} ${headers.authorization ?? ""}`.trim());
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  });
  const path = join(temporaryDirectory("test"), "admin.sock");
  server.listen(path);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { at: `unix:${path}`, asked };
}
