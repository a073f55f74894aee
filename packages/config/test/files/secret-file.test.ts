import { chmodSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { readSecretFile, strictRules, tableRules } from "../../src/files/secret-file.ts";

function fileOf(mode: number, content = "secret"): string {
  const path = writeTestFile(temporaryDirectory("file"), "token", content);
  chmodSync(path, mode);
  return path;
}

describe("strict rules", () => {
  test.each([
    [0o600, undefined],
    [0o640, undefined],
    [0o644, /everybody may read it \(mode 0644\)/],
    [0o660, /its group or others may write it \(mode 0660\)/],
  ])("mode %o", async (mode, reason) => {
    const read = await readSecretFile(fileOf(mode), strictRules);
    if (reason === undefined) {
      expect(read).toMatchObject({ status: "read", bytes: Buffer.from("secret") });
    } else {
      expect(read).toMatchObject({ status: "unusable", reason: expect.stringMatching(reason) });
    }
  });

  test("directory that everybody may write", async () => {
    const path = fileOf(0o600);
    chmodSync(dirname(path), 0o777);
    expect(await readSecretFile(path, strictRules)).toMatchObject({
      status: "unusable",
      reason: expect.stringContaining("everybody may replace it"),
    });
  });

  test("missing file", async () => {
    const path = join(temporaryDirectory("file"), "none");
    expect(await readSecretFile(path, strictRules)).toMatchObject({ status: "missing" });
  });

  test("dangling link", async () => {
    const path = join(temporaryDirectory("file"), "link");
    symlinkSync("none", path);
    expect(await readSecretFile(path, strictRules)).toMatchObject({ status: "unusable" });
  });

  test("directory instead of a file", async () => {
    expect(await readSecretFile(temporaryDirectory("file"), strictRules)).toMatchObject({
      status: "unusable",
      reason: expect.stringContaining("a directory"),
    });
  });
});

test("warning for a file that everybody may read", async () => {
  const path = fileOf(0o644);
  const rules = { checkPermissions: "warn", allowWritable: false } as const;
  expect(await readSecretFile(path, rules)).toMatchObject({
    status: "read",
    warning: { path, mode: "0644" },
  });
});

test("tables may be read by everybody", async () => {
  const read = await readSecretFile(fileOf(0o644), tableRules);
  expect(read).toMatchObject({ status: "read" });
  expect(read).not.toHaveProperty("warning");
});

test("largest size", async () => {
  const path = fileOf(0o600, "x".repeat(11));
  expect(await readSecretFile(path, { ...strictRules, maxBytes: 11 })).toHaveProperty("bytes");
  expect(await readSecretFile(path, { ...strictRules, maxBytes: 10 })).toMatchObject({
    status: "unusable",
    reason: expect.stringContaining("expected at most 10 bytes"),
  });
});
