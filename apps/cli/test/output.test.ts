import { spawnSync } from "node:child_process";
import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runOnFullDisk, runWithoutReader } from "@mailseal/testkit/ended-output";
import { describe, expect, test } from "vitest";
import { mailseal, program, temporaryDirectory } from "./mailseal.ts";

const directory = temporaryDirectory();
const message = join(directory, "message.eml");
const zone = join(directory, "zone.json");
const signed = join(directory, "signed.eml");
writeFileSync(message, "From: a@example.com\r\nSubject: s\r\n\r\nx\r\n");
const made = JSON.parse(
  mailseal(["keygen", "-d", "example.com", "-s", "s", "-o", directory, "--json"]).stdout,
) as { readonly name: string; readonly record: string; readonly key: string };
writeFileSync(zone, JSON.stringify({ [made.name]: [made.record] }));
const sign = ["sign", "-d", "example.com", "-s", "s", "-k", made.key, message];
writeFileSync(signed, mailseal(sign).bytes);

/** What prints, and how it ends when everything is read. */
const commands: readonly (readonly [readonly string[], number])[] = [
  [["--help"], 0],
  [["--version"], 0],
  [["record", "lint", "--help"], 0],
  [["record", "lint", "nonsense"], 1],
  [["record", "show", "-d", "example.com", "-s", "s", "-k", made.key], 0],
  [sign, 0],
  [["verify", signed, "--dns", zone], 0],
  [["explain", signed, "--dns", zone, "--json"], 0],
  [["test-key", "-d", "example.com", "-s", "s", "-k", made.key, "--dns", zone], 0],
  [["config", "schema"], 0],
  [["demo"], 0],
];

describe("standard output whose reader went away", () => {
  test.each(commands)("%j ends as if all was read", async (args, code) => {
    expect(await runWithoutReader(program, args)).toEqual({ code, stderr: "" });
  });
});

describe.skipIf(process.platform !== "linux")("standard output on a full disk", () => {
  test.each(commands)("%j is one line, and exit 3", (args) => {
    const { code, stderr } = runOnFullDisk(program, args);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^mailseal: cannot write standard output: no space left on device[^\n]*\n$/,
    );
  });

  test("standard error on a full disk changes no exit code", () => {
    const full = openSync("/dev/full", "w");
    const { status } = spawnSync(process.execPath, [program, "nonsense"], {
      stdio: ["ignore", "pipe", full],
      env: { PATH: process.env["PATH"] },
    });
    expect(status).toBe(2);
  });
});
