import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";

const entry = fileURLToPath(new URL("run-main.ts", import.meta.url));
const env = { PATH: process.env["PATH"] };
const commands = [["--help"], ["--version"]];

function started(args: readonly string[], output: "pipe" | number): ChildProcess {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", output, "pipe"],
    env,
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

test.each(commands)("%j with a closed pipe ends as if all had been read", async (...args) => {
  const child = started(args, "pipe");
  child.stdout?.destroy();
  const closed = once(child, "close");
  const stderr = child.stderr === null ? "" : (await buffer(child.stderr)).toString();
  await closed;
  expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: "" });
});

describe.skipIf(process.platform !== "linux")("standard output on a full disk", () => {
  test.each(commands)("%j is one line, and exit 3", (...args) => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [entry, ...args], {
      stdio: ["ignore", full, "pipe"],
      env,
    });
    closeSync(full);
    expect(status).toBe(3);
    expect(stderr.toString()).toMatch(
      /^mailseal-worker: cannot write standard output: no space left on device[^\n]*\n$/,
    );
  });
});
