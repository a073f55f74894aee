import { describe, expect, test } from "vitest";
import {
  type AnsweringEndpoint,
  type EndpointAnswer,
  programEndpoints,
} from "../../src/admin/endpoint.ts";
import { configOf, controlOf, key, keyFile } from "../support/program.ts";

async function answerOf(
  endpoints: readonly AnsweringEndpoint[],
  request: string,
): Promise<EndpointAnswer | undefined> {
  const [method, url = ""] = request.split(" ");
  const [path, query] = url.split("?");
  const asked = endpoints.find((it) => it.method === method && it.path === path);
  return asked?.answer(new URLSearchParams(query));
}

describe("every running program", () => {
  test("answers that it lives", async () => {
    const endpoints = programEndpoints(controlOf(configOf(), undefined, false));
    expect(await answerOf(endpoints, "GET /live")).toEqual({ status: 200, body: { live: true } });
  });

  test.each([
    [true, 200],
    [false, 503],
  ])("answers whether it is ready: %s", async (isReady, status) => {
    const endpoints = programEndpoints(controlOf(configOf(), undefined, isReady));
    expect(await answerOf(endpoints, "GET /ready")).toEqual({ status, body: { ready: isReady } });
  });

  test("answers a reload with its warning, or with the reason why it failed", async () => {
    const warning = "log: changed";
    const good = programEndpoints(controlOf(configOf(), async () => ({ warning })));
    expect(await answerOf(good, "POST /reload")).toEqual({
      status: 200,
      body: { reloaded: true, warning },
    });
    const bad = programEndpoints(
      controlOf(configOf(), () => Promise.reject(new Error("line 3: expected a map"))),
    );
    expect(await answerOf(bad, "POST /reload")).toEqual({
      status: 422,
      body: { reloaded: false, reason: "line 3: expected a map" },
    });
  });
});

describe("the check of a key", () => {
  const asked = (file: string): string =>
    `GET /keys/check?${new URLSearchParams({ domain: "example.com", selector: "s1", file })}`;
  const endpoints = programEndpoints(controlOf(configOf()));

  test("answers that a key can be used, with the user of the program", async () => {
    expect(await answerOf(endpoints, asked(keyFile()))).toEqual({
      status: 200,
      body: { usable: true, user: { uid: process.geteuid?.(), gid: process.getegid?.() } },
    });
  });

  test("answers why a key cannot be used, and shows nothing of it", async () => {
    const config = configOf({ signing: { algorithm: "rsa-sha256" }, keys: { preload: true } });
    const answer = await answerOf(programEndpoints(controlOf(config)), asked("/nowhere/test.key"));
    expect(answer).toMatchObject({
      status: 200,
      body: { usable: false, reason: expect.stringContaining("/nowhere/test.key") },
    });
    const writable = await answerOf(endpoints, asked(keyFile(0o666)));
    expect(writable).toMatchObject({ status: 200, body: { usable: false } });
    expect(JSON.stringify([answer, writable])).not.toContain(key.toPem().split("\n")[1]);
  });

  test.each([
    "GET /keys/check",
    "GET /keys/check?domain=example.com&selector=s1",
    "GET /keys/check?domain=example.com&selector=s1&file=relative.key",
  ])("answers %s with 400", async (request) => {
    expect(await answerOf(endpoints, request)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("absolute path") },
    });
  });
});
