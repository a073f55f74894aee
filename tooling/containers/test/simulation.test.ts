import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { staticResolver } from "@mailseal/dns-record";
import { repositoryRoot } from "@mailseal/testkit";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { verify } from "@mailseal/verifier";
import { beforeAll, describe, expect, test } from "vitest";
import type { Simulated } from "../src/simulation-main.ts";

const execute = promisify(execFile);
const fileList = join(repositoryRoot, "tooling/packaging/src/file-list.ts");
const main = fileURLToPath(new URL("../src/simulation-main.ts", import.meta.url));
const namespaces = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"];
const missing = [
  ["unshare", [...namespaces, "true"]],
  ["ip", ["-Version"]],
  ["setpriv", ["--version"]],
  ["nats-server", ["--version"]],
].filter(([program, words]) => spawnSync(program as string, words as string[]).status !== 0);
const cannot = missing.length > 0 && process.env["CI"] === undefined;
if (cannot) {
  const names = missing.map(([name]) => String(name)).join(", ");
  console.warn(`skipped: the containers need root, and ${names}`);
}

describe.skipIf(cannot)("the compose example, in chroots", { timeout: 300_000 }, () => {
  let simulated: Simulated;

  beforeAll(async () => {
    const folder = temporaryDirectory("file");
    // As the Dockerfiles do.
    for (const app of ["cli", "relay", "worker"]) {
      await execute(process.execPath, [fileList, app, join(folder, app)]);
    }
    const words = [...namespaces, process.execPath, main, folder];
    const { stdout } = await execute("unshare", words, { maxBuffer: 1 << 26 });
    simulated = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Simulated;
  }, 300_000);

  test("the health checks fail before the programs serve, pass while they do, and fail when they have ended", () => {
    expect(simulated.health).toEqual({ before: [1, 1], serving: [0, 0], after: [1, 1] });
  });

  test("relay and worker run as the user of the image, without any capability", () => {
    expect(simulated.processes).toEqual([
      "10001 10001 0000000000000000 1",
      "10001 10001 0000000000000000 1",
    ]);
  });

  test("the host and other containers may send, and strangers may not", () => {
    const { host, container, stranger } = simulated.replies;
    expect([host, container]).toEqual([
      expect.stringMatching(/^250 .* queued$/),
      expect.stringMatching(/^250 .* queued$/),
    ]);
    expect(stranger).toMatch(/^(?:[45]\d\d |Error)/);
  });

  test("the message is delivered with a signature of the key that the command line made", async () => {
    const { key, delivered } = simulated;
    const keys = staticResolver(new Map([[key.name, [key.record]]]));
    const { signatures } = await verify(Buffer.from(delivered, "latin1"), { keys });
    expect(signatures.map(({ result, domain }) => [result, domain])).toEqual([
      ["pass", "example.com"],
    ]);
  });

  test("the programs cannot be changed from inside", () => {
    expect(simulated.writing).toMatch(/Read-only file system/);
  });

  test("SIGTERM ends both with 0", () => {
    expect(simulated.ends).toEqual([0, 0]);
  });
});
