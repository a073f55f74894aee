import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const module = new URL("../../src/index.ts", import.meta.url).href;

test("a program that closes a queue while an answer is under way does not end before it is closed", () => {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-queue-closing-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const program = `
    import { openQueue } from ${JSON.stringify(module)};
    const queue = await openQueue({ file: ${JSON.stringify(join(directory, "queue.db"))} });
    const answer = queue.stats();
    await queue.close();
    console.log("closed, depth", (await answer).depth);`;
  for (let run = 0; run < 5; run += 1) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", program],
      { encoding: "utf8" },
    );
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: "closed, depth 0\n",
      stderr: "",
    });
  }
});
