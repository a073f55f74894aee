import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { temporaryDirectory } from "./relay-under-test.ts";

const entry = fileURLToPath(new URL("run-main.ts", import.meta.url));
const env = { PATH: process.env["PATH"] };
const commands = [["--help"], ["--version"], ["hash-password"]];

function relayConfig(): { file: string; admin: string } {
  const directory = temporaryDirectory();
  const file = join(directory, "config.json");
  const admin = join(directory, "admin.sock");
  writeFileSync(
    file,
    JSON.stringify({
      signing: { sign: false },
      bindings: { out: { nextHop: { host: "127.0.0.1", port: 1 } } },
      defaultBinding: "out",
      listeners: [{ protocol: "smtp", listen: "127.0.0.1:0", direction: "outbound" }],
      admin: { listen: `unix:${admin}` },
    }),
  );
  return { file, admin };
}

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
      /^mailseal-relay: cannot write standard output: no space left on device[^\n]*\n$/,
    );
  });

  test("a relay whose log finds no room serves on, and SIGTERM ends it", async () => {
    const { file, admin } = relayConfig();
    const full = openSync("/dev/full", "w");
    const child = started(["--config", file], full);
    closeSync(full);
    await vi.waitFor(() => expect(existsSync(admin)).toBe(true), { timeout: 20_000 });
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});
