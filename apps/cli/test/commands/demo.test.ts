import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { mailseal } from "../mailseal.ts";

test("--json prints the keys, the zone and the verdicts", () => {
  const { code, stdout } = mailseal(["demo", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    keys: [
      { type: "rsa", bits: 2048 },
      { type: "ed25519", bits: 256 },
    ],
    zone: [expect.stringMatching(/ IN TXT /), expect.stringMatching(/k=ed25519/)],
    fields: expect.stringMatching(/^DKIM-Signature: /),
    signatures: [{ result: "pass" }, { result: "pass" }],
  });
});

test("the demo ends with two passing signatures", () => {
  const { code, stdout, stderr } = mailseal(["demo"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout.match(/^ {2}pass/gm)?.length).toBe(2);
  expect(stdout).toContain("Verified: example.com signed this message");
});

test("a temporary directory that cannot be used is reported in one line", () => {
  const { code, stdout, stderr } = mailseal(["demo"], "", { TMPDIR: "/nonexistent" });
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toBe("mailseal: cannot write /nonexistent: no directory can be created there\n");
});

test("a message that cannot be signed leaves no directory behind", () => {
  const directory = temporaryDirectory("file");
  const folder = join(directory, "tmp");
  mkdirSync(folder);
  const file = join(directory, "two.eml");
  writeFileSync(file, "From: a@example.com\r\nFrom: b@example.com\r\n\r\n");
  expect(mailseal(["demo", file], "", { TMPDIR: folder }).code).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});
