import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { Guard, loginEndpoints, safeHeaders } from "../../src/web/guard.ts";
import { ask, form } from "../support/ask-page.ts";
import { serveRelay, token, tokenFile } from "../support/served-relay.ts";

describe("access", () => {
  test.each([
    ["localhost:1", 200],
    ["127.0.0.1", 200],
    ["127.0.0.1:8025", 200],
    ["[::1]:8025", 200],
    ["evil.example", 403],
    ["127.0.0.1.evil.example", 403],
    ["localhost.evil.example:80", 403],
  ])("without a token, Host %s: %i", async (host, status) => {
    const { url } = await serveRelay();
    expect((await ask(url, { headers: { host } })).status).toBe(status);
  });

  test.each([
    ["/stats/reset", "http://evil.example", 403],
    ["/explain", "null", 403],
    ["/stats/reset", undefined, 200],
  ])("POST %s with Origin %s: %i", async (path, origin, status) => {
    const { url } = await serveRelay();
    const headers = origin === undefined ? {} : { origin };
    expect((await ask(new URL(path, url).href, { method: "POST", headers })).status).toBe(status);
  });

  test("with a token, every request needs it", async () => {
    const { url } = await serveRelay({ tokenFile: tokenFile() });
    for (const path of ["/", "/metrics", "/stats", "/live", "/series", "/failures/1"]) {
      const { href } = new URL(path, url);
      expect((await ask(href)).status, path).toBe(401);
      const headers = { authorization: `Bearer ${token}x` };
      expect((await ask(href, { headers })).status, path).toBe(401);
    }
    const headers = { authorization: `Bearer ${token}` };
    expect((await ask(`${url}metrics`, { headers })).status).toBe(200);
  });

  test("a browser is redirected to the form, and accepted with the token", async () => {
    const { url } = await serveRelay({ tokenFile: tokenFile() });
    const asBrowser = { headers: { accept: "text/html" } };
    expect((await ask(url, asBrowser)).headers["location"]).toBe("/login");
    const post = (word: string) =>
      ask(`${url}login`, { method: "POST", headers: form, body: `token=${word}` });
    const refused = await post("wrong");
    expect(refused.status).toBe(401);
    expect(refused.headers["set-cookie"]).toBeUndefined();
    const [cookie = ""] = (await post(token)).headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/HttpOnly.*SameSite=Strict/);
    expect(cookie).not.toContain(token);
    const [session = ""] = cookie.split(";");
    expect((await ask(url, { headers: { cookie: session } })).status).toBe(200);
    expect((await ask(url, { headers: { cookie: `${session}x` } })).status).toBe(401);
  });
});

test("every response has safe headers", async () => {
  const { url } = await serveRelay();
  for (const path of ["", "metrics", "assets/page.js", "nothing", "failures/9"]) {
    const { headers } = await ask(url + path);
    expect(headers["content-security-policy"], path).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers["x-content-type-options"], path).toBe("nosniff");
  }
});

describe("a session", () => {
  function guarded(secret: string | undefined): Hono {
    const guard = new Guard(secret);
    const app = new Hono();
    app.use(safeHeaders, guard.check);
    app.get("/", (c) => c.text("page"));
    app.get("/assets/page.css", (c) => c.text("style"));
    loginEndpoints(app, guard);
    return app;
  }

  async function cookieOf(app: Hono): Promise<string> {
    const body = new URLSearchParams({ token });
    const answer = await app.request("/login", { method: "POST", body });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/"]);
    return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  }

  test("ends with the process, even if the token stays the same", async () => {
    const app = guarded(token);
    const cookie = await cookieOf(app);
    expect((await app.request("/", { headers: { cookie } })).status).toBe(200);
    expect((await guarded(token).request("/", { headers: { cookie } })).status).toBe(401);
  });

  test("is not needed for the form and the assets", async () => {
    const app = guarded(token);
    for (const [path, status] of [
      ["/login", 200],
      ["/assets/page.css", 200],
      ["/assets", 401],
      ["/loginx", 401],
      ["/assets/../", 401],
    ] as const) {
      expect((await app.request(path)).status, path).toBe(status);
    }
  });

  test.each([
    ["no form", "application/json", "{}"],
    ["a form that is cut off", "multipart/form-data; boundary=b", "--b\r\ncontent-disp"],
    ["an empty token", "application/x-www-form-urlencoded", "token="],
    ["two tokens", "application/x-www-form-urlencoded", `token=a&token=${token}x`],
  ])("is refused for %s", async (_name, type, body) => {
    const headers = { "content-type": type };
    const answer = await guarded(token).request("/login", { method: "POST", headers, body });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
  });

  test("is refused for a file in place of the token", async () => {
    const body = new FormData();
    body.append("token", new File([token], "token"));
    const answer = await guarded(token).request("/login", { method: "POST", body });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
  });

  test("is refused for a form that is too large", async () => {
    const body = new URLSearchParams({ token: "x".repeat(20_000) });
    expect((await guarded(token).request("/login", { method: "POST", body })).status).toBe(413);
  });

  test("does not exist without a token", async () => {
    const app = guarded(undefined);
    const host = "localhost:8025";
    const body = new URLSearchParams({ token: "" });
    const answer = await app.request("/login", { method: "POST", headers: { host }, body });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
    expect((await app.request("/", { headers: { host } })).status).toBe(200);
    expect((await app.request("/")).status).toBe(403);
  });
});
