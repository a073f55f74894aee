import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { formatKeyRecord, formatZoneLine, keyRecordName } from "@mailseal/dns-record";
import { configSchema } from "@mailseal/policy/config";
import { policyOf } from "@mailseal/program";
import { startNatsServers } from "@mailseal/queue-contract/nats-server";
import { connect } from "@nats-io/transport-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { HttpServer } from "../src/http-server.ts";
import { jobHandlers } from "../src/jobs/http-jobs.ts";
import { JobRunner } from "../src/jobs/job-runner.ts";
import { startNatsJobs } from "../src/jobs/nats-jobs.ts";
import { content, temporaryDirectory, testKey } from "./worker-under-test.ts";

async function startRunner(concurrency = 4): Promise<JobRunner> {
  const directory = temporaryDirectory();
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

async function startHttp(runner: JobRunner, tokenFile?: string, size = 10_000): Promise<string> {
  const server = await HttpServer.start("127.0.0.1:0", tokenFile, jobHandlers(runner, size));
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

  test("a batch is answered line by line, whatever a line says", async () => {
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

  test("signs nothing for a page whose name leads here", async () => {
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

  test("refuses what is too long, too many, without token, or of a web page", async () => {
    const tokenFile = join(temporaryDirectory(), "token");
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

test("NATS: request and reply", { timeout: 30_000 }, async () => {
  const servers = await startNatsServers();
  onTestFinished(() => servers.remove());
  const urls = [...servers.urls];
  const config = configSchema.parse({ queue: { nats: { servers: urls } } });
  const nats = config.queue?.nats;
  if (nats === undefined) throw new Error("no NATS in the config");
  const jobs = await startNatsJobs(nats, "mail", await startRunner());
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
