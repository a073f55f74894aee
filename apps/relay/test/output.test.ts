import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testEndedOutput } from "@mailseal/testkit/ended-output-contract";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, onTestFinished, test, vi } from "vitest";

const entry = fileURLToPath(new URL("support/run-main.ts", import.meta.url));
const commands = [["--help"], ["--version"], ["hash-password"]];

function relayConfig(): { file: string; admin: string } {
  const directory = temporaryDirectory("test");
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

testEndedOutput("mailseal-relay", entry, commands, "secret");

describe.skipIf(process.platform !== "linux")("standard output on a full disk", () => {
  test("a relay that cannot write its log keeps serving, and SIGTERM ends it", async () => {
    const { file, admin } = relayConfig();
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [entry, "--config", file], {
      stdio: ["ignore", full, "pipe"],
      env: { PATH: process.env["PATH"] },
    });
    closeSync(full);
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    await vi.waitFor(() => expect(existsSync(admin)).toBe(true), { timeout: 20_000 });
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});
