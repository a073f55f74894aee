import { createServer } from "node:http";
import { join } from "node:path";
import { configSchema } from "@mailseal/config";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { WorkerWatch } from "../../src/statistics/worker-watch.ts";
import { afterThisTest } from "../support/relay-under-test.ts";

describe("the state of the worker", () => {
  function watch(admin: string): WorkerWatch {
    const config = configSchema.parse({ worker: { admin: `unix:${admin}` } });
    return new WorkerWatch({ config: () => config });
  }

  test("is silent if nobody listens", async () => {
    const watched = watch(join(temporaryDirectory("test"), "worker.sock"));
    expect(watched.latest).toBeUndefined();
    await watched.refresh();
    expect(watched.latest).toMatchObject({
      kind: "silent",
      reason: expect.stringContaining("ENOENT"),
    });
  });

  test.each([
    ["not JSON", 200, "<html>"],
    ["an error", 503, "{}"],
    ["of another version", 200, '{"version":2}'],
    ["too long", 200, "x".repeat(5 << 20)],
  ])("is silent if its answer is %s", async (_what, status, body) => {
    const path = join(temporaryDirectory("test"), "worker.sock");
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    afterThisTest(async () => {
      server.closeAllConnections();
      server.close();
    });
    const watched = watch(path);
    await watched.refresh();
    expect(watched.latest).toMatchObject({ kind: "silent", reason: expect.any(String) });
  });
});
