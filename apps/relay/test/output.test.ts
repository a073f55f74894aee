import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runOnFullDisk, runWithoutReader } from "@mailseal/testkit/ended-output";
import { testEndedOutput } from "@mailseal/testkit/ended-output-contract";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { fillDisk, smallDisk } from "@mailseal/testkit/small-disk";
import { describe, expect, onTestFinished, test, vi } from "vitest";

const entry = fileURLToPath(new URL("support/run-main.ts", import.meta.url));
const commands = [
  ["--help"],
  ["--version"],
  ["demo", "--help"],
  ["hash-password"],
  ["completion", "bash"],
  ["completion", "zsh"],
  ["completion", "fish"],
];

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

test("the demo ends when nobody reads its output any more", async () => {
  expect(await runWithoutReader(entry, ["demo"])).toEqual({ code: 0, stderr: "" });
});

test("the demo on a full disk ends in one line, and removes its directory", () => {
  const disk = smallDisk(64 * 1024, "test");
  if (disk === undefined) return;
  fillDisk(disk, 0);
  const { status, stderr } = spawnSync(process.execPath, [entry, "demo"], {
    env: { PATH: process.env["PATH"], TMPDIR: disk },
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(stderr).toMatch(
    /^mailseal-relay: cannot write \S+mailseal-relay-demo-\S+: no space left on device[^\n]*\n$/,
  );
  expect(status).toBe(3);
  expect(readdirSync(disk)).toEqual(["ballast"]);
});

describe.skipIf(process.platform !== "linux")("standard output on a full disk", () => {
  test("the demo ends in one line with exit code 3", async () => {
    const { code, stderr } = await runOnFullDisk(entry, ["demo"]);
    expect(stderr).toMatch(
      /^mailseal-relay: cannot write standard output: no space left on device[^\n]*\n$/,
    );
    expect(code).toBe(3);
  });

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
