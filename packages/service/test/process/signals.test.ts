import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";

const module = new URL("../../src/process/signals.ts", import.meta.url).href;

interface Signalled {
  readonly send: (signal: NodeJS.Signals) => void;
  readonly line: () => Promise<string | undefined>;
  readonly exitCode: Promise<number | null>;
}

/** A program that counts its reloads, and never ends by itself once it is stopping. */
function started(reload: string, start = ""): Signalled {
  const code = `
    import { keepEarlyReload, untilStopped } from ${JSON.stringify(module)};
    setInterval(() => undefined, 1000);
    let reloads = 0;
    const takeEarlyReload = keepEarlyReload();
    ${start}
    const stopped = untilStopped({ reload: async () => { console.log("reload", ++reloads); ${reload} } }, takeEarlyReload);
    console.log("ready");
    console.log("stopping", await stopped);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    send: (signal) => void child.kill(signal),
    line: async () => (await lines.next()).value as string | undefined,
    exitCode: once(child, "exit").then(([exitCode]) => exitCode as number | null),
  };
}

test.each(["SIGTERM", "SIGINT"] as const)("the first %s stops the program", async (signal) => {
  const { send, line } = started("");
  expect(await line()).toBe("ready");
  send(signal);
  expect(await line()).toBe(`stopping ${signal}`);
});

test.each([
  ["SIGTERM", "SIGTERM"],
  ["SIGTERM", "SIGINT"],
  ["SIGINT", "SIGTERM"],
] as const)("after a %s, a %s ends the program at once", async (first, second) => {
  const { send, line, exitCode } = started("");
  expect(await line()).toBe("ready");
  send(first);
  expect(await line()).toBe(`stopping ${first}`);
  send(second);
  expect(await exitCode).toBe(1);
});

test("each SIGHUP reloads, even after a reload that failed", async () => {
  const { send, line } = started('throw new Error("line 3")');
  expect(await line()).toBe("ready");
  for (const reload of [1, 2]) {
    send("SIGHUP");
    expect(await line()).toBe(`reload ${reload}`);
  }
});

test("a SIGHUP while the program starts reloads once it has started", async () => {
  const starting = `
    console.log("starting");
    await new Promise((resolve) => process.once("SIGHUP", resolve));
  `;
  const { send, line } = started("", starting);
  expect(await line()).toBe("starting");
  send("SIGHUP");
  expect(await line()).toBe("reload 1");
  expect(await line()).toBe("ready");
  send("SIGHUP");
  expect(await line()).toBe("reload 2");
});
