import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { configSchema } from "@mailseal/config";
import { createLog, type FailedMessage, Totals } from "@mailseal/service";
import { totalOf } from "@mailseal/stats";
import { beforeEach, expect, test } from "vitest";
import { childEnvironment, takeReports } from "../../src/statistics/process-link.ts";
import { forkChild } from "../support/cluster-child.ts";

const silent = createLog({ level: "silent", format: "json" }, process.stdout);
const childFile = fileURLToPath(new URL("../support/counting-child.ts", import.meta.url));
let totals: Totals;

beforeEach(async () => {
  cluster.removeAllListeners("message");
  totals = await Totals.open(configSchema.parse({}).statistics, silent);
  takeReports(totals);
});

/** A child process that counts for this one, ready for requests. */
const forked = (): Promise<Worker> => forkChild(childFile, childEnvironment(totals));

function logins(): number {
  return totalOf(totals.snapshot(), "logins").logins;
}

test("the counts of child processes are added up, each once", async () => {
  const children = [await forked(), await forked()];
  for (const child of children) {
    child.send("count a login");
    child.send("count a login");
  }
  await expect.poll(logins, { timeout: 20_000 }).toBe(4);
  // What is not acknowledged is sent again each second, so both end only if everything was.
  const ended = children.map((child) => once(child, "exit"));
  for (const child of children) child.send("end");
  await Promise.all(ended);
  expect(logins()).toBe(4);
});

test("a reset reaches every child process, and those that start after it", async () => {
  const child = await forked();
  child.send("count a login");
  await expect.poll(logins, { timeout: 20_000 }).toBe(1);
  await totals.reset();
  expect(logins()).toBe(0);
  const later = await forked();
  for (const it of [child, later]) it.send("count a login");
  await expect.poll(logins, { timeout: 20_000 }).toBe(2);
});

test("the message of a failure is kept, and a message of another kind is ignored", async () => {
  const child = await forked();
  const failure: FailedMessage = {
    queueId: "1A",
    atMs: 0,
    fromDomain: "example.com",
    sizeBytes: 3,
    message: "A:b",
    verdicts: [],
  };
  cluster.emit("message", child, { type: "ready" });
  cluster.emit("message", child, { type: "statistics-failure", failure });
  expect(totals.failures.all).toMatchObject([{ queueId: "1A" }]);
});
