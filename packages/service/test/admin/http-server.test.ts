import { text } from "node:stream/consumers";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, onTestFinished, test } from "vitest";
import { type Endpoint, HttpServer, sendJson } from "../../src/index.ts";

const optionNames = { listen: "test.listen", tokenFile: "test.tokenFile" };

async function start(
  endpoints: readonly Endpoint[],
  limits?: { readonly maxConnections: number; readonly stopDeadlineMs: number },
): Promise<{ readonly url: string; readonly server: HttpServer }> {
  const server = await HttpServer.start({ listen: "127.0.0.1:0", optionNames }, endpoints, limits);
  onTestFinished(() => server.stop());
  const { address } = server;
  return { server, url: `http://127.0.0.1:${"port" in address ? address.port : 0}` };
}

test("endpoints answer JSON, answer text, or serve the request by themselves", async () => {
  const { url } = await start([
    {
      method: "GET",
      path: "/json",
      answer: (query) => ({ status: 200, body: { got: query.get("x") } }),
    },
    {
      method: "GET",
      path: "/text",
      answer: () => ({ status: 201, contentType: "text/x-test", text: "line\n" }),
    },
    {
      method: "POST",
      path: "/echo",
      serve: async (request, response) => sendJson(response, 200, await text(request)),
    },
  ]);
  expect(await (await fetch(`${url}/json?x=1&y=2`)).json()).toEqual({ got: "1" });
  expect(await (await fetch(`${url}/json?x=a?b?c`)).json()).toEqual({ got: "a?b?c" });
  const plain = await fetch(`${url}/text`);
  expect([plain.status, plain.headers.get("content-type"), await plain.text()]).toEqual([
    201,
    "text/x-test",
    "line\n",
  ]);
  const echoed = await fetch(`${url}/echo`, { method: "POST", body: "hello" });
  expect(await echoed.json()).toBe("hello");
  const wrong = await fetch(`${url}/echo`);
  expect([wrong.status, await wrong.json()]).toEqual([405, { error: "expected POST" }]);
  const unknown = await fetch(`${url}/none`);
  expect([unknown.status, await unknown.json()]).toEqual([
    404,
    { error: "expected one of /json, /text, /echo" },
  ]);
});

test.each(["answer", "serve"])("an exception of %s is a 500 with its message", async (name) => {
  const fail = (): never => {
    throw new Error("the queue is closed");
  };
  const { url } = await start([
    name === "answer"
      ? { method: "GET", path: "/", answer: fail }
      : { method: "GET", path: "/", serve: async () => fail() },
  ]);
  const answer = await fetch(url);
  expect([answer.status, await answer.json()]).toEqual([500, { error: "the queue is closed" }]);
});

test("a stop waits for requests under way, until its deadline", async () => {
  let asked: () => void = () => undefined;
  const underWay = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { url, server } = await start(
    [
      {
        method: "GET",
        path: "/never",
        answer: () => {
          asked();
          return new Promise(() => undefined);
        },
      },
    ],
    { maxConnections: 8, stopDeadlineMs: 50 },
  );
  const answer = fetch(`${url}/never`).then(
    () => "answered",
    () => "cut",
  );
  await underWay;
  await server.stop();
  expect(await answer).toBe("cut");
});

test.each([
  [
    { listen: "0.0.0.0:0", optionNames },
    /^test\.listen 0\.0\.0\.0:0 is open .*set test\.tokenFile/,
  ],
  [
    { listen: "0.0.0.0:0", optionNames: { listen: "worker.admin" } },
    /machines: listen on loopback or a unix socket$/,
  ],
])("%j is not served", async (config, message) => {
  await expect(HttpServer.start(config, [])).rejects.toThrow(message);
});

test("a token opens a server to other machines", async () => {
  const tokenFile = writeTestFile(temporaryDirectory("test"), "file", "0123456789abcdef", 0o600);
  const server = await HttpServer.start({ listen: "0.0.0.0:0", tokenFile, optionNames }, []);
  expect(server.address).toMatchObject({ host: "0.0.0.0" });
  await server.stop();
});
