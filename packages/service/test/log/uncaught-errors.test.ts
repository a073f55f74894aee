import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../../src/log", import.meta.url));

/** Runs in a process of its own: what nobody catches would be the test's. */
function run(code: string): { readonly status: number | null; readonly lines: string[] } {
  const program = `
    import { createLog } from "${source}/log.ts";
    import { logUncaughtErrors } from "${source}/uncaught-errors.ts";
    const log = createLog({ level: "info", format: "json" }, { write: (line) => process.stdout.write(line) });
    logUncaughtErrors(log, () => ({ inHand: ["Q7"] }));
    ${code}
  `;
  const args = ["--input-type=module", "-e", program];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { status, lines: stdout.split("\n").filter((line) => line !== "") };
}

test("an unhandled rejection is logged with the messages in progress, and the program goes on", () => {
  const { status, lines } = run(`
    Promise.reject(new Error("forgotten"));
    setTimeout(() => log.info("still here"), 20);
  `);
  expect(status).toBe(0);
  expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({
    level: "error",
    fault: "Error: forgotten",
    inHand: ["Q7"],
    stack: expect.stringContaining("at "),
  });
  expect(lines[1]).toContain("still here");
});

test("an uncaught exception is logged before the process ends", () => {
  const { status, lines } = run(`setTimeout(() => { throw new TypeError("torn"); }, 1);`);
  expect(status).not.toBe(0);
  expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({ fault: "TypeError: torn", inHand: ["Q7"] });
});
