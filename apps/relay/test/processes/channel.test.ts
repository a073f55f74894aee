import { fork } from "node:child_process";
import type { Worker } from "node:cluster";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test, vi } from "vitest";
import { sendToChild } from "../../src/processes/channel.ts";
import { forkChild } from "../support/cluster-child.ts";

function forked(script: string): Promise<Worker> {
  return forkChild(writeTestFile(temporaryDirectory("test"), "child.mjs", script));
}

describe.skipIf(process.platform !== "linux")("a message to a child process", () => {
  test("arrives", async () => {
    const child = await forked("process.on('message', (it) => process.send({ got: it }));");
    const answered = once(child, "message");
    sendToChild(child, { type: "stop" });
    expect(await answered).toContainEqual({ got: { type: "stop" } });
  });

  test("raises no error if the child was killed a moment ago", async () => {
    const child = await forked("setInterval(() => undefined, 1000);");
    const onError = vi.fn<() => void>();
    child.on("error", onError);
    const { pid = 0 } = child.process;
    child.process.kill("SIGKILL");
    // Without a turn of the event loop, so that the exit is not noticed yet.
    while (isRunning(pid)) continue;
    expect(child.isConnected()).toBe(true);
    sendToChild(child, { type: "stop" });
    await once(child, "exit");
    sendToChild(child, { type: "stop" });
    await new Promise(setImmediate);
    expect(onError).not.toHaveBeenCalled();
  });
});

test("a message to a parent that has ended is dropped", async () => {
  const channel = new URL("../../src/processes/channel.ts", import.meta.url).href;
  const script = `
    import { sendToParent } from "${channel}";
    process.on("uncaughtException", () => { process.exitCode = 1; });
    process.disconnect();
    sendToParent({ type: "ready" });
  `;
  const child = fork(writeTestFile(temporaryDirectory("test"), "child.mjs", script));
  expect(await once(child, "exit")).toEqual([0, null]);
});

function isRunning(pid: number): boolean {
  return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}
