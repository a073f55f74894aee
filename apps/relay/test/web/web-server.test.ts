import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { mail, serveRelay } from "../support/served-relay.ts";

const token = "0123456789abcdef0123";

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** As fetch, but with any Host. */
function ask(
  url: string,
  {
    method = "GET",
    headers = {},
    body = "",
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      text(response).then(
        (received) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
        reject,
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

function tokenFile(content = token): string {
  const file = join(temporaryDirectory("test"), "token");
  writeFileSync(file, `${content}\n`, { mode: 0o600 });
  return file;
}

const form = { "content-type": "application/x-www-form-urlencoded" };

function expectPrintable(body: string): void {
  expect(body).toMatch(/^[\n\x20-\x7e\u00a0-\uffff]*$/);
}

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
    const post = (said: string) =>
      ask(`${url}login`, { method: "POST", headers: form, body: `token=${said}` });
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

  test("it does not listen on a public address without a token or with a weak one", async () => {
    await expect(serveRelay({ web: "0.0.0.0:0" })).rejects.toThrow(/open to other machines/);
    await expect(serveRelay({ tokenFile: tokenFile("short") })).rejects.toThrow(/16 characters/);
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

test("the page has no inline script or style, and loads nothing from other origins", async () => {
  const { url, send } = await serveRelay();
  await send("outbound", mail);
  const { body } = await ask(url);
  expect(body).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?! type="module" src="\/assets\/)/);
  expect(
    [...body.matchAll(/(?:src|href|action)="([^"]*)"/g)].map(([, to]) => to?.[0]),
  ).not.toContain("h");
});

describe("messages", () => {
  test.each([
    ["none", "", 400],
    ["of 3 MB", "x".repeat(3 * 1024 * 1024), 413],
    ["of octets", "text=%00%FF%1B%5B2J", 200],
    ["with markup", "text=From:%20%3Cscript%3Ealert(1)%3C/script%3E%40x.example%0D%0A%0D%0A", 200],
  ])("%s", async (_name, body, status) => {
    const { url } = await serveRelay();
    const answer = await ask(`${url}explain`, { method: "POST", headers: form, body });
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain("<script");
    expectPrintable(answer.body);
  });
});

test("uploads of more than 16 MB at once are answered 503 with Retry-After", async () => {
  const { url } = await serveRelay();
  const size = 2 * 1024 * 1024;
  const waiting = Array.from({ length: 7 }, () => {
    const headers = { ...form, "content-length": size };
    const asked = request(`${url}explain`, { method: "POST", headers });
    asked.on("error", () => undefined);
    asked.write("x".repeat(size - 1));
    return asked;
  });
  const body = "x".repeat(size);
  await expect
    .poll(async () => {
      const some = await Promise.all(
        [1, 2].map(() => ask(`${url}explain`, { method: "POST", headers: form, body })),
      );
      return some.map(({ status, headers }) => [status, headers["retry-after"]]);
    })
    .toContainEqual([503, "5"]);
  for (const asked of waiting) asked.destroy();
  await expect
    .poll(async () => (await ask(`${url}explain`, { method: "POST", headers: form, body })).status)
    .toBe(400);
});

test("hostile names are escaped in /metrics, and change no other line", async () => {
  const { url, send, counting } = await serveRelay();
  await send("outbound", mail);
  const shapeOf = (metrics: string): string[] =>
    metrics.split("\n").map((line) => line.replace(/\{.*\}/, "").replace(/ .*/, ""));
  const domain = (name: string) => ({ domain: name, binding: name });
  const record = (name: string): void =>
    counting.statistics.recordSigning({
      scope: domain(name),
      outcome: "signed",
      durationNs: 1,
      signatures: [],
    });
  record("plain.example");
  const before = await ask(`${url}metrics`);
  const hostile = await serveRelay();
  await hostile.send("outbound", mail);
  hostile.counting.statistics.recordSigning({
    scope: domain(`"} 1\nmailseal_forged 1\n# <b>\u0000\u001b[2J${"x".repeat(1_000_000)}`),
    outcome: "signed",
    durationNs: 1,
    signatures: [],
  });
  const after = await ask(`${hostile.url}metrics`);
  expect(shapeOf(after.body)).toEqual(shapeOf(before.body));
  expect(after.body.length).toBeLessThan(before.body.length + 5000);
  expect(after.body).not.toMatch(/^mailseal_forged/m);
  expectPrintable(after.body);
});

test("the counters match the mail that was processed", async () => {
  const { url, send, lastTaken } = await serveRelay();
  await send("outbound", mail);
  await send("inbound", lastTaken());
  await send("inbound", mail);
  const { body } = await ask(`${url}metrics`);
  for (const line of [
    'mailseal_signing_domain_messages_total{domain="example.com",outcome="signed"} 1',
    'mailseal_signatures_total{algorithm="ed25519-sha256",key_bits="256"} 1',
    'mailseal_verifications_total{code="pass",result="pass"} 1',
    'mailseal_verifications_total{code="unsigned",result="none"} 1',
    'mailseal_key_lookups_total{source="dns",outcome="found"} 1',
    'mailseal_messages_total{front_end="smtp",disposition="accepted"} 3',
    'mailseal_delivery_attempts_total{outcome="delivered"} 3',
    'mailseal_key_published{domain="example.com",selector="s1"} 1',
  ]) {
    expect(body.split("\n")).toContain(line);
  }
});
