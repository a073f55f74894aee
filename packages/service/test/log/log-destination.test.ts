import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const module = new URL("../../src/log/log-destination.ts", import.meta.url).href;

test("a line that is logged while an earlier one is written is not lost", () => {
  const program = `
    const { endLog, logDestination } = await import(${JSON.stringify(module)});
    const output = logDestination();
    output.write("first\\n");
    output.flush();
    output.write("last\\n");
    await endLog(output);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  expect(stdout).toBe("first\nlast\n");
});
