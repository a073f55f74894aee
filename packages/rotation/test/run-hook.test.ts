import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { runHook } from "../src/run-hook.ts";

const node = (script: string): readonly string[] => [process.execPath, "-e", script];

test("a command gets its variables and unchanged arguments, and no other variable of this process", async () => {
  const file = join(temporaryDirectory("test"), "out");
  const script = `fs.writeFileSync(${JSON.stringify(file)}, JSON.stringify([process.argv.slice(1), process.env]))`;
  await runHook({ argv: [...node(script), "$(id) ; *"] }, { NAME: "a b;$(id)" });
  const [args, environment] = JSON.parse(readFileSync(file, "utf8")) as [unknown, object];
  expect(args).toEqual(["$(id) ; *"]);
  expect(environment).toMatchObject({ NAME: "a b;$(id)" });
  expect(environment).not.toHaveProperty("HOME");
});

test.each([
  [
    "fails",
    { argv: node("console.error('no\\nsuch\\x1b zone'); process.exitCode = 3") },
    /ended with 3: no such\\u001b zone/,
  ],
  ["does not exist", { argv: ["/nonexistent/hook"] }, /cannot be started: .*ENOENT/],
  ["is empty", { argv: [] }, /the command is empty; expected a program/],
  ["is killed", { argv: node("process.kill(process.pid, 'SIGTERM')") }, /ended with SIGTERM/],
  [
    "hangs together with its child process",
    {
      argv: node(
        `child_process.spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "inherit" }); setInterval(() => {}, 1e6)`,
      ),
      timeoutMs: 300,
    },
    /did not end within 300 ms/,
  ],
])("a command that %s is reported", async (_, hook, reason) => {
  await expect(runHook(hook, {})).rejects.toMatchObject({
    code: "hook-failed",
    message: expect.stringMatching(reason) as string,
  });
});
