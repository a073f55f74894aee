import { statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { generateKey } from "@mailseal/crypto";
import { type Control, HttpServer } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { adminEndpoints, adminServer } from "../../src/commands/run.ts";
import { afterThisTest, testConfig, testKey } from "../support/relay-under-test.ts";

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

function ask(
  target: { readonly path: string } | { readonly host: string; readonly port: number },
  path: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const where = "path" in target ? { socketPath: target.path } : target;
  return new Promise((resolve, reject) => {
    const asked = request({ ...where, method, path, headers }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

const secrets = { username: "joe", password: "secret-word" };
const control: Control = {
  config: testConfig({ nextHopPort: 25, nextHop: secrets }),
  isReady: false,
  reload: () => Promise.reject(new Error("line 3: no")),
};

interface Admin {
  readonly listen: string;
  readonly tokenFile?: string;
}

function startFor(of: Control, admin: Admin = { listen: "127.0.0.1:0" }): Promise<HttpServer> {
  const config = testConfig({ nextHopPort: 25, config: { admin } });
  return HttpServer.start(adminServer(config), adminEndpoints(of));
}

async function start(admin: Admin): Promise<HttpServer> {
  const server = await startFor(control, admin);
  afterThisTest(() => server.stop());
  return server;
}

describe("the admin server", () => {
  test("answers on a unix socket that only its owner can use", async () => {
    const path = join(temporaryDirectory("test"), "new", "admin.sock");
    const { address } = await start({ listen: `unix:${path}` });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await ask(address, "/live")).status).toBe(200);
    expect(await ask(address, "/ready")).toEqual({ status: 503, body: '{"ready":false}\n' });
    expect(await ask(address, "/reload", { method: "POST" })).toEqual({
      status: 422,
      body: '{"reloaded":false,"reason":"line 3: no"}\n',
    });
    expect((await ask(address, "/reload")).status).toBe(405);
    expect((await ask(address, "/nothing")).status).toBe(404);
  });

  test("shows the config without its secrets", async () => {
    const { address } = await start({ listen: "127.0.0.1:0" });
    const { body } = await ask(address, "/config");
    expect(body).toContain('"username":"joe","password":"***"');
    expect(body).not.toContain("secret-word");
  });

  test("requires the token if there is one, and refuses requests of web pages", async () => {
    const tokenFile = join(temporaryDirectory("test"), "token");
    writeFileSync(tokenFile, "0123456789abcdef\n", { mode: 0o600 });
    const { address } = await start({ listen: "127.0.0.1:0", tokenFile });
    const authorization = "Bearer 0123456789abcdef";
    expect((await ask(address, "/live")).status).toBe(401);
    expect((await ask(address, "/live", { headers: { authorization: "Bearer no" } })).status).toBe(
      401,
    );
    expect((await ask(address, "/live", { headers: { authorization } })).status).toBe(200);
    const page = { authorization, origin: "https://example.org" };
    expect((await ask(address, "/live", { headers: page })).status).toBe(403);
  });

  test("masks the passwords in URLs of the config", async () => {
    const queue = { nats: { servers: ["nats://joe:secret-word@10.0.0.1:4222"] } };
    const config = testConfig({ nextHopPort: 25, config: { queue } });
    const server = await startFor({ ...control, config });
    afterThisTest(() => server.stop());
    const { body } = await ask(server.address, "/config");
    expect(body).toContain("nats://***@10.0.0.1:4222");
    expect(body).not.toContain("secret-word");
  });

  test("reports whether this process can use a key, without its content", async () => {
    const config = testConfig({ nextHopPort: 25 });
    const server = await startFor({ ...control, config });
    afterThisTest(() => server.stop());
    const directory = temporaryDirectory("test");
    const good = join(directory, "good.key");
    writeFileSync(good, testKey.toPem(), { mode: 0o600 });
    const short = join(directory, "short.key");
    writeFileSync(short, generateKey({ type: "rsa", bits: 1024 }).toPem(), { mode: 0o600 });
    const check = async (file: string): Promise<Record<string, unknown>> => {
      const query = new URLSearchParams({ domain: "example.com", selector: "s1", file });
      const { body } = await ask(server.address, `/keys/check?${query}`);
      expect(body).not.toContain("PRIVATE");
      return JSON.parse(body) as Record<string, unknown>;
    };
    const user = { uid: process.geteuid?.(), gid: process.getegid?.() };
    expect(await check(good)).toEqual({ usable: true, user });
    expect(await check(short)).toMatchObject({
      usable: false,
      user,
      reason: expect.stringContaining("at least 2048 bits"),
    });
    expect(await check(join(directory, "none.key"))).toMatchObject({
      usable: false,
      reason: expect.stringContaining("no such file"),
      remedy: expect.stringContaining("put the file there"),
    });
    expect((await ask(server.address, "/keys/check?file=x")).status).toBe(400);
  });

  test("refuses a web page whose host name resolves to this address", async () => {
    const { address } = await start({ listen: "127.0.0.1:0" });
    for (const path of ["/config", "/live"]) {
      const answer = await ask(address, path, { headers: { host: "evil.example:8025" } });
      expect(answer.status).toBe(403);
      expect(answer.body).not.toContain("joe");
    }
    expect((await ask(address, "/config", { headers: { host: "localhost:1" } })).status).toBe(200);
  });

  test("does not start with a token that others may read", async () => {
    const tokenFile = join(temporaryDirectory("test"), "token");
    writeFileSync(tokenFile, "0123456789abcdef\n", { mode: 0o644 });
    await expect(start({ listen: "127.0.0.1:0", tokenFile })).rejects.toThrow(/mode 0644/);
  });

  test.each([
    [{ listen: "0.0.0.0:0" }, /open to other machines/],
    [{ listen: "127.0.0.1:0", tokenFile: "/dev/null" }, /expected a regular file/],
    [{ listen: "unix:/proc/no/admin.sock" }, /cannot listen on unix:/],
  ])("does not start with %j", async (admin, message) => {
    await expect(startFor(control, admin)).rejects.toThrow(message);
  });
});
