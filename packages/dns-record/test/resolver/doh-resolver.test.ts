import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Answer, decode, encode } from "dns-packet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dohResolver, type TxtAnswer } from "../../src/index.ts";

const mediaType = "application/dns-message";
type Handler = (query: Buffer, response: ServerResponse) => void;

/** The server does what the path says. */
const handlers = new Map<string, Handler>([
  ["/found", (query, response) => reply(response, answerTo(query, ["v=DKIM1; p=AA=="]))],
  ["/aged", (query, response) => reply(response, answerTo(query, ["x"]), { age: "100" })],
  ["/very-aged", (query, response) => reply(response, answerTo(query, ["x"]), { age: "5000" })],
  ["/odd-age", (query, response) => reply(response, answerTo(query, ["x"]), { age: "-1" })],
  ["/nxdomain", (query, response) => reply(response, answerTo(query, [], 3))],
  ["/nodata", (query, response) => reply(response, answerTo(query, []))],
  ["/servfail", (query, response) => reply(response, answerTo(query, [], 2))],
  [
    "/parameters",
    (query, response) =>
      reply(response, answerTo(query, ["x"]), { "content-type": `${mediaType}; charset=x` }),
  ],
  [
    "/json",
    (query, response) =>
      reply(response, answerTo(query, ["x"]), { "content-type": "application/dns-json" }),
  ],
  ["/garbage", (_, response) => reply(response, Buffer.alloc(100, 0xff))],
  ["/truncated", (query, response) => reply(response, answerTo(query, [], 1 << 9))],
  [
    "/other-question",
    (_, response) =>
      reply(
        response,
        answerTo(encode({ id: 0, questions: [{ type: "TXT", name: "b.example" }] }), ["x"]),
      ),
  ],
  ["/huge", (_, response) => reply(response, Buffer.alloc(1 << 20))],
  ["/http-500", (_, response) => response.writeHead(500).end("no")],
  ["/redirect", (_, response) => response.writeHead(307, { location: "/found" }).end()],
  ["/silent", () => undefined],
  ["/stalled", (_, response) => response.writeHead(200, { "content-type": mediaType }).write("x")],
  ["/endless", (_, response) => endless(response)],
  [
    "/cut",
    (_, response) =>
      void response
        .writeHead(200, { "content-type": mediaType, "content-length": "50" })
        .write("x", () => response.destroy()),
  ],
]);

const seen: { readonly request: IncomingMessage; readonly body: Buffer }[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    seen.push({ request, body });
    handlers.get(request.url ?? "")?.(body, response);
  });
});
let origin = "";

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  origin = `http://127.0.0.1:${address.port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

function ask(path: string, timeoutMs = 10_000): Promise<TxtAnswer> {
  return dohResolver({ url: origin + path, timeoutMs }).resolveTxt("A.Example");
}

describe("each outcome is its own", () => {
  const found = { status: "found", records: ["x"], authenticated: true };
  const cases: readonly (readonly [string, unknown])[] = [
    ["/found", { ...found, records: ["v=DKIM1; p=AA=="], ttlSeconds: 300 }],
    ["/aged", { ...found, ttlSeconds: 200 }],
    ["/very-aged", { ...found, ttlSeconds: 0 }],
    ["/odd-age", { ...found, ttlSeconds: 300 }],
    ["/parameters", { ...found, ttlSeconds: 300 }],
    ["/nxdomain", { status: "nxdomain", authenticated: true }],
    ["/nodata", { status: "nodata", authenticated: true }],
    ["/servfail", { status: "servfail", reason: expect.any(String) }],
    ["/json", { status: "error", reason: expect.stringMatching(/dns-json/) }],
    ["/garbage", { status: "error", reason: expect.stringMatching(/no response/) }],
    ["/truncated", { status: "error", reason: expect.stringMatching(/no response/) }],
    ["/other-question", { status: "error", reason: expect.stringMatching(/no response/) }],
    ["/huge", { status: "error", reason: expect.stringMatching(/more than 65535/) }],
    ["/endless", { status: "error", reason: expect.stringMatching(/more than 65535/) }],
    ["/http-500", { status: "error", reason: expect.stringMatching(/HTTP 500/) }],
    ["/redirect", { status: "error", reason: expect.any(String) }],
    ["/cut", { status: "error", reason: expect.any(String) }],
  ];
  test.each(cases)("%s", async (path, answer) => {
    expect(await ask(path)).toEqual(answer);
  });

  test.each(["/silent", "/stalled"])("%s", async (path) => {
    expect(await ask(path, 100)).toEqual({
      status: "timeout",
      reason: "no response within 100 ms",
    });
  });

  test("nobody listens", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const address = closed.address();
    closed.close();
    await once(closed, "close");
    const port = typeof address === "object" ? address?.port : 0;
    const resolver = dohResolver({ url: `http://127.0.0.1:${port}/` });
    expect(await resolver.resolveTxt("a.example")).toMatchObject({
      status: "error",
      reason: "the DNS server refused the connection",
    });
  });
});

test("RFC 8484 4.1: POST, the media types, id 0", async () => {
  await ask("/found");
  const { request, body } = seen.findLast(({ request: { url } }) => url === "/found") ?? {};
  expect(request?.method).toBe("POST");
  expect(request?.headers).toMatchObject({ accept: mediaType, "content-type": mediaType });
  const query = decode(body ?? Buffer.alloc(0));
  expect(query).toMatchObject({ id: 0, questions: [{ type: "TXT", name: "a.example" }] });
});

test("a redirect is not followed", async () => {
  const before = seen.length;
  await ask("/redirect");
  expect(seen.slice(before).map(({ request: { url } }) => url)).toEqual(["/redirect"]);
});

test.each(["", "a..b", "a b", "a.example."])("%j never reaches DNS", async (name) => {
  const before = seen.length;
  const answer = await dohResolver({ url: `${origin}/found` }).resolveTxt(name);
  expect(answer).toMatchObject({
    status: "error",
    reason: expect.stringMatching(/no server was asked/),
  });
  expect(seen.length).toBe(before);
});

test("another fetch", async () => {
  const resolver = dohResolver({
    url: "https://dns.example/dns-query",
    fetch: () => Promise.reject(new TypeError("no network")),
  });
  expect(await resolver.resolveTxt("a.example")).toEqual({ status: "error", reason: "no network" });
});

test.each([
  "",
  "dns.example",
  "ftp://dns.example",
  "file:///etc/passwd",
  "http://dns.example/dns-query",
  "http://127.0.0.1.dns.example/dns-query",
  "http://192.0.2.1/dns-query",
])("%j is refused", (url) => {
  expect(() => dohResolver({ url })).toThrow(expect.objectContaining({ code: "bad-url" }));
});

test.each(["http://localhost:8053/", "http://127.0.0.1/", "http://[::1]:8053/dns-query"])(
  "%s is of this machine, and needs no TLS",
  (url) => {
    expect(dohResolver({ url })).toBeDefined();
  },
);

function reply(response: ServerResponse, body: Buffer, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": mediaType, ...headers }).end(body);
}

function answerTo(query: Buffer, texts: readonly string[], flags = 0): Buffer {
  const { id = 0, questions = [] } = decode(query);
  const name = questions[0]?.name ?? "";
  const answers: Answer[] = texts.map((text) => ({
    type: "TXT",
    name,
    ttl: 300,
    data: [Buffer.from(text)],
  }));
  return encode({ type: "response", id, flags: flags | (1 << 5), questions, answers });
}

function endless(response: ServerResponse): void {
  response.writeHead(200, { "content-type": mediaType });
  const more = (): void => {
    if (!response.destroyed) response.write(Buffer.alloc(8192), () => setImmediate(more));
  };
  more();
}
