import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { configSchema } from "@mailseal/config";
import { formatKeyRecord, formatZoneLine, keyRecordName } from "@mailseal/dns-record";
import { startNatsServers } from "@mailseal/queue-contract/nats-server";
import { HttpServer, MemoryBudget, policyOf } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { connect } from "@nats-io/transport-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { jobEndpoints } from "../../src/jobs/http-jobs.ts";
import { JobRunner } from "../../src/jobs/job-runner.ts";
import { startNatsJobs } from "../../src/jobs/nats-jobs.ts";
import { content, testKey } from "../worker-under-test.ts";

async function startRunner(concurrency = 4): Promise<JobRunner> {
  const directory = temporaryDirectory("test");
  const [key, zone] = [join(directory, "key.pem"), join(directory, "zone")];
  writeFileSync(key, testKey.toPem(), { mode: 0o600 });
  writeFileSync(
    zone,
    formatZoneLine(keyRecordName("s1", "example.com"), formatKeyRecord(testKey.publicKey)),
  );
  const config = configSchema.parse({
    hostname: "us.test",
    domains: { "example.com": { signing: { selector: "s1", key } } },
    dns: { zone },
  });
  const policy = await policyOf(config, () => undefined);
  onTestFinished(() => policy.close());
  return new JobRunner(() => policy.pipeline, concurrency);
}

interface HttpLimits {
  readonly budget?: MemoryBudget;
  readonly timeoutMs?: number;
}

async function startHttp(
  runner: JobRunner,
  tokenFile?: string,
  size = 10_000,
  { budget = new MemoryBudget(1e6), timeoutMs = 10_000 }: HttpLimits = {},
): Promise<string> {
  const server = await HttpServer.start(
    { listen: "127.0.0.1:0", tokenFile, optionNames: { listen: "worker.jobs.listen" } },
    jobEndpoints(runner, { maxBytes: size, budget, timeoutMs }),
    { maxConnections: 256 },
  );
  onTestFinished(() => server.stop());
  const { address } = server;
  return `http://127.0.0.1:${"port" in address ? address.port : 0}`;
}

async function post(
  url: string,
  body: Uint8Array<ArrayBuffer> | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: "POST", body, headers: { connection: "close", ...headers } });
}

const message = new Uint8Array(content);

describe("HTTP", () => {
  test("signs, and verifies what it signed", async () => {
    const url = await startHttp(await startRunner());
    const signed = await post(`${url}/v1/sign`, message);
    expect(signed.status).toBe(200);
    const bytes = new Uint8Array(await signed.arrayBuffer());
    expect(Buffer.from(bytes).toString()).toMatch(/^DKIM-Signature: /);
    const verified = await post(`${url}/v1/verify`, bytes);
    expect(await verified.json()).toMatchObject({
      signatures: [{ result: "pass", domain: "example.com", selector: "s1" }],
      authenticationResults: expect.stringContaining("dkim=pass"),
    });
  });

  test("gives no message back unsigned", async () => {
    const url = await startHttp(await startRunner());
    const answer = await post(`${url}/v1/sign`, "From: a@elsewhere.example\r\n\r\nhi\r\n");
    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({ error: expect.stringContaining("not signed") });
  });

  test("answers every line of a batch, even those that are not valid", async () => {
    const url = await startHttp(await startRunner());
    const job = (id: number, kind: string): string =>
      JSON.stringify({ id, kind, message: content.toString("base64") });
    const lines = [job(1, "sign"), "{", job(2, "verify"), job(3, "fold")].join("\n");
    const answers = (await (await post(`${url}/v1/batch`, lines)).text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers).toMatchObject([
      { id: 1, ok: true, signatures: 1 },
      { id: null, ok: false },
      { id: 2, ok: true, verdict: { signatures: [] } },
      { id: 3, ok: false, error: expect.stringContaining("kind") },
    ]);
    expect(Buffer.from(String(answers[0]?.["message"]), "base64").toString()).toMatch(/^DKIM/);
  });

  test("signs nothing for a web page whose name resolves to this machine", async () => {
    const url = await startHttp(await startRunner());
    const { port } = new URL(url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: `evil.example:${port}` };
      const asked = request({ port, method: "POST", path: "/v1/sign", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on("error", reject);
      asked.end(message);
    });
    expect(status).toBe(403);
  });

  test("refuses messages that are too long, too many jobs, and requests without the token or from a web page", async () => {
    const tokenFile = join(temporaryDirectory("test"), "token");
    writeFileSync(tokenFile, "0123456789abcdef\n", { mode: 0o600 });
    const token = { authorization: "Bearer 0123456789abcdef" };
    const url = await startHttp(await startRunner(), tokenFile, 100);
    const status = async (body: string, headers: Record<string, string>): Promise<number> =>
      (await post(`${url}/v1/sign`, body, headers)).status;
    expect(await status("x".repeat(101), token)).toBe(413);
    expect(await status("x", {})).toBe(401);
    expect(await status("x", { ...token, origin: "https://evil.example" })).toBe(403);
    const busy = await startHttp(await startRunner(0));
    expect((await post(`${busy}/v1/verify`, message)).status).toBe(503);
    expect((await post(`${busy}/v1/nothing`, message)).status).toBe(404);
  });
});

describe("uploads that arrive", () => {
  /** Sends so much of a body of `declared` octets, and leaves it at that. */
  function half(url: string, path: string, sent: number, declared?: number): Promise<number> {
    const { port } = new URL(url);
    return new Promise((resolve, reject) => {
      const headers = declared === undefined ? {} : { "content-length": declared };
      const asked = request({ port, method: "POST", path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        asked.destroy();
      });
      asked.on("error", reject);
      asked.write(Buffer.alloc(sent, "x"));
      onTestFinished(() => void asked.destroy());
    });
  }

  test.for(["/v1/sign", "/v1/verify"])(
    "at %s are counted: beyond the budget the answer is 503 with Retry-After, and it is free again",
    async (path) => {
      const budget = new MemoryBudget(90_000);
      const url = await startHttp(await startRunner(), undefined, 60_000, { budget });
      const waiting = half(url, path, 40_000, 50_000);
      waiting.catch(() => undefined);
      await expect.poll(() => budget.usedBytes).toBeGreaterThanOrEqual(40_000);
      const refused = await post(`${url}${path}`, new Uint8Array(60_000));
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
      // Without a declared length it is refused as it arrives.
      expect(await half(url, path, 58_000)).toBe(503);
      expect(budget.usedBytes).toBeLessThanOrEqual(90_000);
      const small = await post(`${url}${path}`, message);
      expect(small.status).toBe(200);
      await small.arrayBuffer();
      await expect.poll(() => budget.usedBytes).toBeLessThanOrEqual(50_000);
    },
  );

  test("are dropped after their time limit, or when their client disconnects", async () => {
    const budget = new MemoryBudget(100_000);
    const url = await startHttp(await startRunner(), undefined, 60_000, { budget, timeoutMs: 100 });
    expect(await half(url, "/v1/sign", 40_000, 50_000)).toBe(408);
    await expect.poll(() => budget.usedBytes).toBe(0);
  });

  test("are refused by the length that they declare, before a byte is kept", async () => {
    const budget = new MemoryBudget(30_000);
    const url = await startHttp(await startRunner(), undefined, 60_000, { budget });
    expect(await half(url, "/v1/sign", 10, 60_001)).toBe(413);
    expect(await half(url, "/v1/sign", 10, 50_000)).toBe(503);
    expect(budget.usedBytes).toBe(0);
  });

  test("in a batch are counted by line, and given back", async () => {
    const budget = new MemoryBudget(3000);
    const url = await startHttp(await startRunner(), undefined, 60_000, { budget });
    const job = JSON.stringify({ id: 1, kind: "sign", message: content.toString("base64") });
    const lines = (await (await post(`${url}/v1/batch`, `${job}\n${job}\n`.repeat(20))).text())
      .trim()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line).status ?? 200)).toContain(503);
    const roomy = await startHttp(await startRunner(), undefined, 60_000, {
      budget: new MemoryBudget(10_000),
    });
    const answers = await (await post(`${roomy}/v1/batch`, `${job}\n`.repeat(40))).text();
    expect(answers.trim().split("\n")).toHaveLength(40);
    expect(answers).not.toContain('"ok":false');
    await expect.poll(() => budget.usedBytes).toBe(0);
  });
});

test("NATS: request and reply", { timeout: 30_000 }, async () => {
  const servers = await startNatsServers();
  onTestFinished(() => servers.remove());
  const urls = [...servers.urls];
  const config = configSchema.parse({ queue: { nats: { servers: urls } } });
  const nats = config.queue?.nats;
  if (nats === undefined) throw new Error("no NATS in the config");
  const jobs = await startNatsJobs(nats, "mail", await startRunner(), new MemoryBudget(1e6));
  onTestFinished(() => jobs.drain());
  await jobs.flush();
  const client = await connect({ servers: urls });
  onTestFinished(() => client.close());
  const signed = await client.request("mail.sign", message);
  expect(signed.string()).toMatch(/^DKIM-Signature: /);
  const verified = await client.request("mail.verify", signed.data);
  expect(verified.json()).toMatchObject({ signatures: [{ result: "pass" }] });
  const refused = await client.request("mail.sign", "From: a@elsewhere.example\r\n\r\n");
  expect(refused.headers?.get("status")).toBe("422");
});
