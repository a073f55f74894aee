import { configSchema } from "@mailseal/config";
import { startNatsServers } from "@mailseal/queue-contract/nats-server";
import { MemoryBudget, type QueueConfig } from "@mailseal/service";
import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import type { JobAnswer, JobRunner } from "../../src/jobs/job-runner.ts";
import { startNatsJobs } from "../../src/jobs/nats-jobs.ts";
import { message, startRunner } from "./jobs-under-test.ts";

type NatsConfig = NonNullable<QueueConfig["nats"]>;

/** Starts a NATS server; resolves to its config, and to a function that kills it. */
async function startNats(): Promise<NatsConfig & { readonly kill: () => Promise<void> }> {
  const { urls, servers, remove } = await startNatsServers();
  onTestFinished(() => remove());
  const nats = configSchema.parse({ queue: { nats: { servers: [...urls] } } }).queue?.nats;
  if (nats === undefined) throw new Error("expected NATS in the config");
  return { ...nats, kill: async () => void (await servers[0]?.kill()) };
}

test(
  "a request is answered with the signed message, the verdict or an error",
  { timeout: 30_000 },
  async () => {
    const nats = await startNats();
    const jobs = await startNatsJobs(nats, "mail", await startRunner(), new MemoryBudget(1e6));
    onTestFinished(() => jobs.stop(1000));
    const client = await connect({ servers: nats.servers });
    onTestFinished(() => client.close());
    const signed = await client.request("mail.sign", message);
    expect(signed.string()).toMatch(/^DKIM-Signature: /);
    const verified = await client.request("mail.verify", signed.data);
    expect(verified.json()).toMatchObject({ signatures: [{ result: "pass" }] });
    const refused = await client.request("mail.sign", "From: a@elsewhere.example\r\n\r\n");
    expect(refused.headers?.get("status")).toBe("422");
  },
);

test("a request beyond the memory budget gets 503", { timeout: 30_000 }, async () => {
  const nats = await startNats();
  const budget = new MemoryBudget(10);
  const jobs = await startNatsJobs(nats, "mail", await startRunner(), budget);
  onTestFinished(() => jobs.stop(1000));
  const client = await connect({ servers: nats.servers });
  onTestFinished(() => client.close());
  const refused = await client.request("mail.sign", message);
  expect(refused.headers?.get("status")).toBe("503");
  expect(refused.headers?.get("error")).toContain("limits.memory");
  expect(budget.usedBytes).toBe(0);
});

/** A runner whose jobs end when `finish` is called. */
async function startSlowRunner(): Promise<{
  readonly runner: JobRunner;
  readonly running: Promise<void>;
  readonly finish: () => void;
}> {
  const runner = await startRunner();
  let started: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const run = runner.run.bind(runner);
  runner.run = async (...job): Promise<JobAnswer> => {
    started();
    await finished;
    return run(...job);
  };
  return { runner, running, finish };
}

test("a stop replies to the requests in progress first", { timeout: 30_000 }, async () => {
  const nats = await startNats();
  const { runner, running, finish } = await startSlowRunner();
  const jobs = await startNatsJobs(nats, "mail", runner, new MemoryBudget(1e6));
  const client = await connect({ servers: nats.servers });
  onTestFinished(() => client.close());
  const reply = client.request("mail.sign", message, { timeout: 20_000 });
  await running;
  const stopped = jobs.stop(20_000);
  finish();
  expect((await reply).string()).toMatch(/^DKIM-Signature: /);
  await stopped;
});

test("a stop ends although the server is gone or a job hangs", { timeout: 30_000 }, async () => {
  const nats = await startNats();
  const { runner, running } = await startSlowRunner();
  const jobs = await startNatsJobs(nats, "mail", runner, new MemoryBudget(1e6));
  const client = await connect({ servers: nats.servers });
  onTestFinished(() => client.close());
  client.request("mail.sign", message, { timeout: 20_000 }).catch(() => undefined);
  await running;
  await nats.kill();
  // The job has not ended, and the server cannot take its reply.
  await expect(jobs.stop(100)).resolves.toBeUndefined();
});
