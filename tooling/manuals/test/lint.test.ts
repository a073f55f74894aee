import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { isAbsent } from "@mailseal/testkit/installed-program";
import { expect, test } from "vitest";
import { describedPrograms } from "./described-programs.ts";

const folder = temporaryDirectory("file");
const pages: string[] = [];
for (const { files } of await describedPrograms()) {
  for (const [path, text] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (path.startsWith("man/")) pages.push(file);
  }
}

test.skipIf(isAbsent("mandoc", "mandoc"))("mandoc finds nothing to complain about", () => {
  const { stdout, stderr } = spawnSync("mandoc", ["-Tlint", "-Wall", ...pages], {
    encoding: "utf8",
  });
  expect(stdout + stderr).toBe("");
});

test.skipIf(isAbsent("groff", "groff-base")).each(pages)(
  "groff formats %s in 80 columns without a warning",
  (page) => {
    const options = ["-man", "-Tutf8", "-ww", "-rLL=80n", "-P-c", "-P-b", "-P-u", page];
    const { stdout, stderr } = spawnSync("groff", options, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain("SEE ALSO");
  },
);
