import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";
import { lazyBuiltins } from "../src/lazy-builtins.ts";

const source = `
import { join as joined } from "node:path";
import process, { argv } from "node:process";
import * as os from "node:os";
import http, { Agent } from "http";
const { EventEmitter } = require("events");
console.log(joined("a", "b"), argv === process.argv, typeof os.cpus, new http.Agent() instanceof Agent, new EventEmitter() !== undefined);
`;

test("members, the module as a whole, and require mean the same in a bundle", async () => {
  const directory = temporaryDirectory("test");
  const input = writeTestFile(directory, "program.mjs", source);
  await using build = await rolldown({ input, platform: "node", plugins: [lazyBuiltins] });
  const file = join(directory, "bundle.mjs");
  const { output } = await build.write({ file, format: "esm" });
  const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout.trim()).toBe("a/b true function true true");
  const [{ code, imports }] = output;
  // Only for require, which the bundler makes from it.
  expect(imports).toEqual(["node:module"]);
  expect(code).toContain('process.getBuiltinModule("node:path")');
  expect(code).not.toContain(".WebSocket");
});
