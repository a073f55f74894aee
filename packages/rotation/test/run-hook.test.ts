import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { runHook } from "../src/run-hook.ts";

const node = (script: string): readonly string[] => [process.execPath, "-e", script];

test("gets its variables, its arguments as they are, and nothing else of ours", async () => {
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
  ["is not there", { argv: ["/nonexistent/hook"] }, /cannot be started: .*ENOENT/],
  ["is empty", { argv: [] }, /got an empty one/],
  ["is killed", { argv: node("process.kill(process.pid, 'SIGTERM')") }, /ended with SIGTERM/],
  [
    "hangs, and a child of it too",
    {
      argv: node(
        `child_process.spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "inherit" }); setInterval(() => {}, 1e6)`,
      ),
      timeoutMs: 300,
    },
    /did not end within 300 ms/,
  ],
])("one that %s is told", async (_, hook, reason) => {
  await expect(runHook(hook, {})).rejects.toMatchObject({
    code: "hook-failed",
    message: expect.stringMatching(reason) as string,
  });
});
