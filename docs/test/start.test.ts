import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codeBlocks, repositoryRoot, runExample } from "@mailseal/testkit";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { readRepository } from "../site/repository.ts";

const packageDir = join(repositoryRoot, "docs");

describe("docs/start/application.md", () => {
  const page = readRepository("docs/start/application.md");
  const [sign = "", verify = "", ...others] = codeBlocks(page, "ts");

  test("signs a message", async () => {
    const workingDirectory = temporaryDirectory("test");
    const { stdout } = await runExample(sign, { packageDir, workingDirectory });
    expect(stdout).toMatch(/^DKIM-Signature: [^]*s=mail2026[^]*\nFrom: ada@example\.com\r\n/);
  });

  test("verifies a message", async () => {
    const workingDirectory = temporaryDirectory("test");
    const { stdout } = await runExample(verify, { packageDir, workingDirectory });
    expect(stdout).toBe("the message has no signature\n");
    expect(others).toEqual([]);
  });

  test("makes a key with its record", () => {
    const folder = temporaryDirectory("test");
    const [command = ""] = /^mailseal keygen .*$/m.exec(page) ?? [];
    const program = join(repositoryRoot, "apps/cli/bin/mailseal.js");
    const [, ...words] = command.split(" ");
    const output = execFileSync(process.execPath, [program, ...words], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(output).toContain("mail2026._domainkey.example.com");
    const key = join(folder, "keys/example.com/mail2026.key");
    expect(existsSync(key) && readFileSync(key, "utf8")).toMatch(/PRIVATE KEY/);
  });
});
