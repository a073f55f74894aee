import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { manifestOf, programIn, programs } from "../src/programs.ts";

const script = fileURLToPath(new URL("../src/file-list.ts", import.meta.url));

function fileList(args: readonly string[]): {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

test.each(programs)("the folder of $name has all that it needs but Node", ({ folder, name }) => {
  const to = temporaryDirectory("test");
  const { code, stdout, stderr } = fileList([folder, to]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(readdirSync(to).toSorted()).toEqual(["LICENSES", folder, "node_modules"].toSorted());
  const listed = stdout.trim().split("\n");
  expect(listed).toContain(join(to, folder, `${name}.js`));
  expect(listed.every((file) => statSync(file).isFile())).toBe(true);
  const started = spawnSync(process.execPath, [join(to, folder, `${name}.js`), "--version"], {
    encoding: "utf8",
    env: {},
  });
  const program = programIn(folder);
  expect(started.stdout.trim()).toBe(program && manifestOf(program).version);
});

test("the licences of everything that is bundled are in it", () => {
  const to = temporaryDirectory("test");
  fileList(["worker", to]);
  const licences = readFileSync(join(to, "LICENSES"), "utf8");
  for (const name of ["zod", "commander", "pino", "@nats-io/jetstream", "node-forge"]) {
    expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
  }
  expect(licences).not.toContain("uplot");
});

test.each([
  [[], "a program or the folder is missing"],
  [["relay"], "a program or the folder is missing"],
  [["relais", "to"], "unknown program relais"],
])("%j is refused with the usage", (args, reason) => {
  const { code, stderr } = fileList(args);
  expect(code).toBe(2);
  expect(stderr).toContain(reason);
  expect(stderr).toContain("expected one or more of cli, relay, worker, and a folder");
  expect(existsSync("to")).toBe(false);
});
