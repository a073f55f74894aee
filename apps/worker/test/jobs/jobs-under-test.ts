import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configSchema } from "@mailseal/config";
import { formatKeyRecord, formatZoneLine, keyRecordName } from "@mailseal/dns-record";
import { HttpServer, MemoryBudget, policyOf } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { onTestFinished } from "vitest";
import { jobEndpoints } from "../../src/jobs/http-jobs.ts";
import { JobRunner } from "../../src/jobs/job-runner.ts";
import { content, testKey } from "../worker-under-test.ts";

/** A runner that signs for example.com, whose key is in DNS. */
export async function startRunner(concurrency = 4): Promise<JobRunner> {
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

export async function startHttp(
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

export async function post(
  url: string,
  body: Uint8Array<ArrayBuffer> | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: "POST", body, headers: { connection: "close", ...headers } });
}

/** A message that the runner signs. */
export const message: Uint8Array<ArrayBuffer> = new Uint8Array(content);

/** A line of a batch. */
export function batchLine(id: unknown, kind: string): string {
  return JSON.stringify({ id, kind, message: content.toString("base64") });
}
