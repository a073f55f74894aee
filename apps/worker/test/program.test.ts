import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { listenTarget } from "@mailseal/config";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { freePort } from "@mailseal/testkit/free-port";
import { expect, onTestFinished, test } from "vitest";
import { expectCleanStop, setUp, workerConfig, WorkerProcess } from "./worker-process.ts";

test("a reload names the options that wait for a restart", { timeout: 60_000 }, async () => {
  const { config, file } = await setUp(() => undefined);
  const worker = new WorkerProcess(file);
  await worker.delivers;
  const { path: socketPath } = listenTarget(config.worker.admin) as { readonly path: string };
  const reload = async (): Promise<unknown> => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({ socketPath, method: "POST", path: "/reload" }, resolve);
      asked.on("error", reject).end();
    });
    return JSON.parse(await text(response));
  };
  expect(await reload()).toEqual({ reloaded: true });
  const written = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...written, log: { level: "warn" } }));
  const warning = "log: changed, and in force only after a restart of mailseal-worker";
  expect(await reload()).toEqual({ reloaded: true, warning });
  await expectCleanStop(worker);
  expect(worker.lines.join("\n")).toContain(warning);
});

test("--health asks the running worker", { timeout: 60_000 }, async () => {
  const { file, config } = await setUp(() => undefined);
  const health = (): readonly [number | null, string] => {
    const { status, stderr } = spawnSync(process.execPath, [
      fileURLToPath(new URL("run-main.ts", import.meta.url)),
      "--config",
      file,
      "--health",
    ]);
    return [status, stderr.toString()];
  };
  const worker = new WorkerProcess(file);
  await worker.delivers;
  expect(health()).toEqual([0, ""]);
  await expectCleanStop(worker);
  expect(health()).toEqual([
    1,
    `mailseal-worker: worker.admin ${config.worker.admin}: there is no such socket. Is the program running with this config?\n`,
  ]);
});

test(
  "a stop does not wait for a client that keeps its upload open",
  { timeout: 60_000 },
  async () => {
    const port = await freePort();
    const directory = temporaryDirectory("test");
    const jobs = { listen: `127.0.0.1:${port}` };
    const worker = { ...workerConfig(directory), jobs };
    const { file } = await setUp(() => undefined, undefined, { worker }, directory);
    const process = new WorkerProcess(file);
    await process.delivers;
    const upload = request({ port, method: "POST", path: "/v1/batch" });
    onTestFinished(() => void upload.destroy());
    const responded = new Promise((resolve, reject) => {
      upload.on("response", resolve).on("error", reject);
    });
    upload.write("{}\n");
    await responded;
    upload.removeAllListeners("error").on("error", () => undefined);
    await expectCleanStop(process);
  },
);

test(
  "a worker whose jobs cannot be served ends with one clear line",
  { timeout: 60_000 },
  async () => {
    const directory = temporaryDirectory("test");
    const taken = createServer();
    taken.listen(0, "127.0.0.1");
    await once(taken, "listening");
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const jobs = { listen: `127.0.0.1:${port}` };
    const worker = { ...workerConfig(directory), jobs };
    const { file } = await setUp(() => undefined, undefined, { worker }, directory);
    const process = new WorkerProcess(file);
    const [code] = await once(process.process, "exit");
    expect(code).toBe(1);
    expect(process.lines.filter((line) => line.startsWith("mailseal-worker: "))).toHaveLength(1);
  },
);
