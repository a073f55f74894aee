import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { afterThisTest } from "./relay-under-test.ts";

/** A child process of a cluster that runs `file`, killed after the test. */
export async function forkChild(
  file: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Worker> {
  cluster.setupPrimary({ exec: file });
  const child = cluster.fork(environment);
  afterThisTest(async () => {
    if (child.isDead()) return;
    const ended = once(child, "exit");
    child.process.kill("SIGKILL");
    await ended;
  });
  await once(child, "online");
  return child;
}
