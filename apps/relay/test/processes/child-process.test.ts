import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { FromChildProcess, ToChildProcess } from "../../src/processes/child-process.ts";
import { type WrittenConfig, writeConfig } from "../support/program.ts";
import { RawClient } from "../support/raw-client.ts";
import { afterThisTest } from "../support/relay-under-test.ts";

const entry = fileURLToPath(new URL("../support/relay-child.ts", import.meta.url));

interface Started extends WrittenConfig {
  readonly child: ChildProcess;
  readonly reports: readonly FromChildProcess[];
  /** With "load-config", the child gets the text that the file has then. */
  readonly ask: (request: Exclude<ToChildProcess["type"], "start">) => void;
  /** The name that the relay greets a new client with. */
  readonly greeting: () => Promise<string>;
}

function send(child: ChildProcess, request: ToChildProcess): void {
  child.send(request);
}

function textOf(file: string): string {
  return readFileSync(file, "utf8");
}

function forked(file: string): ChildProcess {
  const child = fork(entry, [file]);
  send(child, { type: "start", configText: textOf(file) });
  afterThisTest(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  return child;
}

async function started(): Promise<Started> {
  const config = await writeConfig(25);
  const child = forked(config.file);
  const reports: FromChildProcess[] = [];
  child.on("message", (report: FromChildProcess) => reports.push(report));
  await expect.poll(() => reports, { timeout: 30_000 }).toEqual([{ type: "ready" }]);
  return {
    ...config,
    child,
    reports,
    ask: (type) =>
      send(child, type === "load-config" ? { type, configText: textOf(config.file) } : { type }),
    greeting: async () => (await RawClient.connect(config.port)).reply(),
  };
}

describe("a child process of the relay", () => {
  test("uses a config when its parent asks for it, and not when it has loaded it", async () => {
    const { ask, greeting, reports, write } = await started();
    write({ hostname: "renamed.test" });
    ask("load-config");
    await expect.poll(() => reports.at(-1)).toEqual({ type: "config-loaded" });
    expect(await greeting()).toMatch(/^220 relay\.test/);
    ask("use-config");
    await expect.poll(() => reports.at(-1)).toEqual({ type: "config-used" });
    expect(reports).toHaveLength(3);
  });

  test("reports why it cannot load a config, and serves on with the previous one", async () => {
    const { ask, greeting, reports, write } = await started();
    write({ limits: { recipients: "many" } });
    ask("load-config");
    await expect
      .poll(() => reports.at(-1))
      .toEqual({
        type: "config-loaded",
        failure: expect.stringContaining("limits.recipients"),
      });
    ask("discard-config");
    expect(await greeting()).toMatch(/^220 relay\.test/);
  });

  test("drops a config that another process refuses, and loads the next one", async () => {
    const { ask, reports, write } = await started();
    write({ hostname: "refused.test" });
    ask("load-config");
    await expect.poll(() => reports.at(-1)).toEqual({ type: "config-loaded" });
    ask("discard-config");
    write({ hostname: "renamed.test" });
    ask("load-config");
    await expect.poll(() => reports).toHaveLength(3);
    ask("use-config");
    await expect.poll(() => reports.at(-1)).toEqual({ type: "config-used" });
  });

  test("ends when it is asked to, even with a loaded config that waits for a decision", async () => {
    const { ask, child, reports } = await started();
    ask("load-config");
    await expect.poll(() => reports.at(-1)).toEqual({ type: "config-loaded" });
    const ended = once(child, "exit");
    ask("stop");
    expect(await ended).toEqual([0, null]);
  });

  test("ends when it is asked to before it is ready", async () => {
    const { file } = await writeConfig(25);
    const child = forked(file);
    const ended = once(child, "exit");
    send(child, { type: "stop" });
    expect(await ended).toEqual([0, null]);
  });

  test("ends when its parent has ended, and not at a signal of the terminal", async () => {
    const { child, greeting } = await started();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) child.kill(signal);
    expect(await greeting()).toMatch(/^220 relay\.test/);
    const ended = once(child, "exit");
    child.disconnect();
    expect(await ended).toEqual([0, null]);
  });
});
