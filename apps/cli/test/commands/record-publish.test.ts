import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { generatedKey } from "../generated-key.ts";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const made = generatedKey(directory, "-s", "mail");
const named = ["-d", "example.com", "-s", "mail"];
const keyed = [...named, "-k", made.key];
const log = join(directory, "log");
const program = writeTestFile(
  directory,
  "dns-api",
  `#!/bin/sh\nprintf '%s\\n' "$MAILSEAL_ACTION $MAILSEAL_NAME $MAILSEAL_TTL $MAILSEAL_RECORD" >> ${log}\n`,
  0o755,
);
const byProgram = ["--publish", "command", "--publish-command", program];

test("a record is handed to the operator's program, in place of the present one", () => {
  const { code, stdout } = mailseal(["record", "publish", ...keyed, ...byProgram, "--ttl", "300"]);
  expect(stdout).toBe("mail._domainkey.example.com: published\n");
  expect(code).toBe(0);
  expect(readFileSync(log, "utf8").split("\n").at(-2)).toBe(
    `publish mail._domainkey.example.com 300 ${made.record}`,
  );
});

test("a key is revoked without its private key", () => {
  const { code, stdout } = mailseal(["record", "revoke", ...named, ...byProgram]);
  expect(stdout).toBe("mail._domainkey.example.com: published as revoked\n");
  expect(code).toBe(0);
  expect(readFileSync(log, "utf8").split("\n").at(-2)).toBe(
    "revoke mail._domainkey.example.com 3600 v=DKIM1; p=",
  );
});

test("without access to DNS, the record is printed for a zone file and for a form", () => {
  const { code, stdout } = mailseal(["record", "publish", ...keyed, "--publish", "zone"]);
  expect(code).toBe(1);
  expect(stdout).toContain("mail._domainkey.example.com. 3600 IN TXT (");
  expect(stdout).toContain(`  value: ${made.record}\n`);
});

test("a program that fails, and options that are missing, are one line each", () => {
  const failing = ["--publish", "command", "--publish-command", "/bin/false"];
  const failed = mailseal(["record", "publish", ...keyed, ...failing]);
  expect([failed.code, failed.stderr.split("\n").length]).toEqual([3, 2]);
  const missing = mailseal(["record", "publish", ...keyed, "--publish", "update"]);
  expect([missing.code, missing.stderr]).toEqual([
    2,
    "mailseal: --publish update needs a server and a key; give --server and --tsig\n",
  ]);
});
