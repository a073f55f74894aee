import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { threadFlags } from "../../../src/embedded/thread/writer-thread.ts";
import { folder } from "../fixture.ts";

test("a thread gets the flags that load modules, and no others", () => {
  const modules = ["--import", "./a.js", "--require=b", "-r", "c", "-C", "dev", "--no-warnings"];
  const others = ["--max-semi-space-size=2", "--inspect", "--title=x", "--expose-gc"];
  expect(threadFlags([...others, ...modules, ...others])).toEqual(modules);
});

test("a queue opens in a process that was started with flags of V8", async () => {
  const index = fileURLToPath(new URL("../../../src/index.ts", import.meta.url));
  const file = join(folder(), "queue.db");
  const script = `
    const { openQueue } = await import(${JSON.stringify(index)});
    const queue = await openQueue({ file: ${JSON.stringify(file)} });
    await queue.close();`;
  const flags = ["--max-semi-space-size=2", "--expose-gc", "--input-type=module", "-e", script];
  const { stderr } = await promisify(execFile)(process.execPath, flags);
  expect(stderr).toBe("");
});
