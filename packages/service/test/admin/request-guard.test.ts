import { describe, expect, test } from "vitest";
import { refusedRequest } from "../../src/index.ts";

const listen = "127.0.0.1:8025";
const token = "0123456789abcdef";
const bearer = { authorization: `Bearer ${token}` };

describe("without a token, on TCP", () => {
  test.each([
    "localhost",
    "localhost:8025",
    "LOCALHOST:8025",
    "127.0.0.1",
    "127.0.0.2:80",
    "[::1]:8025",
  ])("Host %s is answered", (host) => {
    expect(refusedRequest({ host }, { listen, token: undefined })).toBeUndefined();
  });

  test.each([
    "evil.example",
    "evil.example:8025",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8025",
    "192.0.2.1",
    "",
  ])("Host %j, as of a page whose name resolves to this machine, is refused", (host) => {
    expect(refusedRequest({ host }, { listen, token: undefined })?.[0]).toBe(403);
  });
});

test("with a token any Host is answered, and no request without the token", () => {
  const guard = { listen: "0.0.0.0:8025", token };
  expect(refusedRequest({ ...bearer, host: "relay.example" }, guard)).toBeUndefined();
  expect(refusedRequest({ host: "localhost" }, guard)?.[0]).toBe(401);
});

test("on a unix socket any Host is answered, because no browser reaches it", () => {
  const guard = { listen: "unix:/run/x.sock", token: undefined };
  expect(refusedRequest({ host: "anything" }, guard)).toBeUndefined();
});

test.each([
  { listen, token },
  { listen: "unix:/run/x.sock", token },
])("a request with an Origin is refused: %j", (guard) => {
  const headers = { ...bearer, host: "localhost", origin: "http://localhost" };
  expect(refusedRequest(headers, guard)?.[0]).toBe(403);
});
