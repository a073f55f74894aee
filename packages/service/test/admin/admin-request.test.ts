import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, onTestFinished, test } from "vitest";
import { askAdmin } from "../../src/admin/client.ts";

const limits = { timeoutMs: 5000, maxAnswerBytes: 1024 };

/** A server that answers each request as the test wants. */
async function serving(answer: RequestListener): Promise<{ host: string; port: number }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

test("a request has its method, path and token, and the answer its status and JSON", async () => {
  const target = await serving(({ method, url, headers }, response) => {
    response.statusCode = 422;
    response.end(JSON.stringify({ method, url, authorization: headers.authorization }));
  });
  const asked = { method: "POST", path: "/reload?x=1", token: "s3cret", ...limits } as const;
  expect(await askAdmin(target, asked)).toEqual({
    status: 422,
    body: { method: "POST", url: "/reload?x=1", authorization: "Bearer s3cret" },
  });
  expect(await askAdmin(target, { path: "/", ...limits })).toMatchObject({
    body: { method: "GET" },
  });
});

test("a unix socket is asked by its path", async () => {
  const path = join(temporaryDirectory("test"), "admin.sock");
  const server = createServer((_request, response) => response.end("[]")).listen(path);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  expect(await askAdmin({ path }, { path: "/", ...limits })).toEqual({ status: 200, body: [] });
});

test("nobody listening is Node's own error", async () => {
  const path = join(temporaryDirectory("test"), "none.sock");
  const asked = askAdmin({ path }, { path: "/", ...limits });
  await expect(asked).rejects.toMatchObject({ code: "ENOENT" });
});

test.each<[string, RequestListener, RegExp]>([
  [
    "is not JSON",
    (_request, response) => response.end("<html>"),
    /^the answer is not JSON \(HTTP 200\): is this the admin address of a relay or worker\?$/,
  ],
  [
    "is too long",
    (_request, response) => response.end(JSON.stringify("x".repeat(2000))),
    /^the answer is too long$/,
  ],
  ["does not come", () => undefined, /^no answer in 0\.05 s$/],
  [
    "stops in the middle",
    (_request, response) => void response.write('{"half":'),
    /^no answer in 0\.05 s$/,
  ],
])("an answer that %s is an error", async (_name, answer, message) => {
  const target = await serving(answer);
  const timeoutMs = message.source.includes("0\\.05") ? 50 : 5000;
  const asked = askAdmin(target, { path: "/", ...limits, timeoutMs });
  await expect(asked).rejects.toThrow(message);
});
