import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { MemoryBudget } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, onTestFinished, test } from "vitest";
import { batchLine, message, post, startHttp, startRunner } from "./jobs-under-test.ts";

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

  test("returns no message unsigned", async () => {
    const url = await startHttp(await startRunner());
    const answer = await post(`${url}/v1/sign`, "From: a@elsewhere.example\r\n\r\nhi\r\n");
    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({ error: expect.stringContaining("not signed") });
  });

  test("answers every line of a batch, even those that are not valid", async () => {
    const url = await startHttp(await startRunner());
    const lines = [batchLine(1, "sign"), "{", batchLine(2, "verify"), batchLine(3, "fold")].join(
      "\n",
    );
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
  /** Sends `sent` octets of a body of `declared` octets, and then nothing more. Resolves to the status. */
  function uploadPart(url: string, path: string, sent: number, declared?: number): Promise<number> {
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
    "at %s are counted: the answer beyond the budget is 503 with Retry-After, until memory is free again",
    async (path) => {
      const budget = new MemoryBudget(90_000);
      const url = await startHttp(await startRunner(), undefined, 60_000, { budget });
      const waiting = uploadPart(url, path, 40_000, 50_000);
      waiting.catch(() => undefined);
      await expect.poll(() => budget.usedBytes).toBeGreaterThanOrEqual(40_000);
      const refused = await post(`${url}${path}`, new Uint8Array(60_000));
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
      // Without a declared length it is refused as it arrives.
      expect(await uploadPart(url, path, 58_000)).toBe(503);
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
    expect(await uploadPart(url, "/v1/sign", 40_000, 50_000)).toBe(408);
    await expect.poll(() => budget.usedBytes).toBe(0);
  });

  test("are refused by the length that they declare, before a byte is kept", async () => {
    const budget = new MemoryBudget(30_000);
    const url = await startHttp(await startRunner(), undefined, 60_000, { budget });
    expect(await uploadPart(url, "/v1/sign", 10, 60_001)).toBe(413);
    expect(await uploadPart(url, "/v1/sign", 10, 50_000)).toBe(503);
    expect(budget.usedBytes).toBe(0);
  });

  test("in a batch are counted by line, and their memory is released", async () => {
    const budget = new MemoryBudget(3000);
    const url = await startHttp(await startRunner(), undefined, 60_000, { budget });
    const job = batchLine(1, "sign");
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

  test("that are longer than a line of a batch may be get their error, although the client goes on", async () => {
    const url = await startHttp(await startRunner(), undefined, 10_000);
    const { port } = new URL(url);
    const answer = await new Promise<string>((resolve, reject) => {
      const asked = request({ port, method: "POST", path: "/v1/batch" }, (response) => {
        text(response).then(resolve, reject);
      });
      asked.on("error", reject);
      asked.end(`${batchLine(1, "sign")}\n${"x".repeat(50_000_000)}`);
    });
    const lines = answer.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { id: 1, ok: true },
      { id: null, ok: false, status: 422, error: expect.stringContaining("too long") },
    ]);
  });

  test("that are too long get their status, although the client goes on", async () => {
    const url = await startHttp(await startRunner(), undefined, 10_000);
    const { port } = new URL(url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request({ port, method: "POST", path: "/v1/sign" }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode));
      });
      asked.on("error", reject);
      asked.end(Buffer.alloc(50_000_000, "x"));
    });
    expect(status).toBe(413);
  });

  test("in a batch whose client does not read its answers add no listeners for each line", async () => {
    const url = await startHttp(await startRunner());
    const { port } = new URL(url);
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const answer = await new Promise<string>((resolve, reject) => {
      const asked = request({ port, method: "POST", path: "/v1/batch" }, (response) => {
        // The buffers on the way must fill up before the client reads.
        setTimeout(() => text(response).then(resolve, reject), 300);
      });
      asked.on("error", reject);
      asked.end(`${JSON.stringify({ id: "i".repeat(12_000), kind: "x" })}\n`.repeat(2000));
    });
    expect(answer.trim().split("\n")).toHaveLength(2000);
    expect(warnings.map(({ name }) => name)).not.toContain("MaxListenersExceededWarning");
  });
});
