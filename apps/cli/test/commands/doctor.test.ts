import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { mailseal } from "../mailseal.ts";

const broken = writeTestFile(temporaryDirectory("file"), "broken.yaml", "listenrs: []\n");

test("a config with an error is reported with the command that lists all of them", () => {
  const { code, stdout } = mailseal(["doctor", "-c", broken, "--only", "config"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^error .*listenrs/);
  expect(stdout.replaceAll(/ \\\n +/g, " ")).toContain(`$ mailseal config check ${broken}`);
});

test("its JSON is one object", () => {
  const { code, stdout } = mailseal(["doctor", "-c", broken, "--only", "config", "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    findings: [{ kind: "config-unusable", level: "error", check: "config" }],
    unknown: [],
    well: [],
  });
});

test("a check that does not exist is misuse", () => {
  const { code, stderr } = mailseal(["doctor", "--only", "everything"]);
  expect(code).toBe(2);
  expect(stderr).toContain("expected one of config, disk, relay, socket");
});

test("a disk with room is well", () => {
  const { code, stdout } = mailseal(["doctor", "-c", broken, "--only", "disk"]);
  expect([code, stdout]).toEqual([0, "All is well: 1 check.\n"]);
});
