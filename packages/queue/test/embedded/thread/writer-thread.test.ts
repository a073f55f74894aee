import { execFile } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { checkOptions } from "../../../src/embedded/options.ts";
import { threadFlags, WriterThread } from "../../../src/embedded/thread/writer-thread.ts";
import { folder } from "../fixture.ts";

const packageFolder = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);

test("a thread gets the flags that load modules, and no others", () => {
  const modules = ["--import", "./a.js", "--require=b", "-r", "c", "-C", "dev", "--no-warnings"];
  const others = ["--max-semi-space-size=2", "--inspect", "--title=x", "--expose-gc"];
  expect(threadFlags([...others, ...modules, ...others])).toEqual(modules);
});

test("a queue opens in a process that was started with V8 flags", async () => {
  const index = join(packageFolder, "src/index.ts");
  const file = join(folder(), "queue.db");
  const script = `
    const { openQueue } = await import(${JSON.stringify(index)});
    const queue = await openQueue({ file: ${JSON.stringify(file)} });
    await queue.close();`;
  const flags = ["--max-semi-space-size=2", "--expose-gc", "--input-type=module", "-e", script];
  const { stderr } = await run(process.execPath, flags);
  expect(stderr).toBe("");
});

test.each([
  ["an import is missing", 'import "./missing.ts";', "Cannot find module"],
  ["an import throws", 'throw new Error("no such table");', "no such table"],
  ["it exits early", "process.exit(0);", "it exited unexpectedly"],
])("openQueue rejects if its thread cannot start because %s", async (_, threadScript, reason) => {
  const copy = folder();
  cpSync(join(packageFolder, "src"), join(copy, "src"), { recursive: true });
  cpSync(join(packageFolder, "package.json"), join(copy, "package.json"));
  symlinkSync(join(packageFolder, "node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, "src/writer-thread-main.ts"), threadScript);
  const script = `
    const { openQueue } = await import(${JSON.stringify(join(copy, "src/index.ts"))});
    const { code, message } = await openQueue({ file: "queue.db" }).catch((error) => error);
    console.log(code, message);`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
  expect(stdout.startsWith("queue-unavailable cannot start the queue's thread: ")).toBe(true);
  expect(stdout).toContain(reason);
  expect(stdout.trimEnd()).not.toContain("\n");
});

test("the exit of a thread that could not open the file does not affect its successor", async () => {
  const parent = join(folder(), "created-later");
  const { store, thread: limits } = checkOptions({ file: join(parent, "queue.db") });
  const thread = new WriterThread(store, limits);
  await expect(thread.open()).rejects.toMatchObject({ code: "queue-unavailable" });
  mkdirSync(parent);
  // The first thread has not exited yet.
  expect(await thread.run({ kind: "stats", maxRoutes: 1 })).toMatchObject({ depth: 0 });
  await thread.close();
});
