import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mailseal, temporaryDirectory } from "./mailseal.ts";

const directory = temporaryDirectory();
const database = join(directory, "keys.db");
const keyFile = join(directory, "example.com/s1.key");
mailseal(["keygen", "-d", "example.com", "-s", "s1", "-t", "ed25519", "-o", directory]);

test("a domain is added, listed and removed", () => {
  const added = mailseal(["domains", "add", "Example.com", "S1", keyFile, "--database", database]);
  expect(added).toMatchObject({ code: 0, stderr: "" });
  expect(added.stdout).toBe(
    `s1._domainkey.example.com signs with ${keyFile} (ed25519, 256 bits)\n`,
  );
  const listed = mailseal(["domains", "list", "--database", database]);
  expect(listed.stdout).toBe(`example.com\ts1\t${keyFile}\n`);
  expect(
    JSON.parse(mailseal(["domains", "list", "--json", "--database", database]).stdout),
  ).toEqual([{ domain: "example.com", selector: "s1", keyFile }]);
  const removed = mailseal(["domains", "remove", "example.com", "--database", database]);
  expect(removed).toMatchObject({ code: 0, stdout: "1 removed\n" });
  const again = mailseal(["domains", "remove", "example.com", "s1", "--database", database]);
  expect(again).toMatchObject({ code: 1, stdout: "0 removed\n" });
});

test("the table is found by the config", () => {
  const config = join(directory, "mailseal.yaml");
  writeFileSync(config, "keys: { database: by-config.db }\n");
  expect(mailseal(["domains", "add", "example.com", "s1", keyFile, "-c", config]).code).toBe(0);
  const listed = mailseal(["domains", "list", "--database", join(directory, "by-config.db")]);
  expect(listed.stdout).toContain("example.com\ts1\t");
});

describe("what cannot be", () => {
  const bad = join(directory, "bad");
  writeFileSync(bad, "SECRETSECRET ".repeat(500));
  const empty = join(directory, "empty.yaml");
  writeFileSync(empty, "{}\n");
  test.for([
    [["add", "../x", "s1", keyFile, "--database", database], 2, /domain name/],
    [["add", "example.com", "a/b", keyFile, "--database", database], 2, /selector/],
    [["remove", "..", "--database", database], 2, /domain name/],
    [
      ["add", "example.com", "s1", bad, "--database", database],
      3,
      /expected an RSA or Ed25519 private key/,
    ],
    [
      ["add", "example.com", "s1", join(directory, "none"), "--database", database],
      3,
      /no such file/,
    ],
    [["list", "--database", bad], 3, /expected a key database/],
    [["list", "--database", join(directory, "none.db")], 3, /there is no such file/],
    [["list", "-c", empty], 2, /names none/],
    [["list", "-c", join(directory, "none.yaml")], 3, /no such file/],
  ] as const)("%j ends with %i", ([args, code, message]) => {
    const ended = mailseal(["domains", ...args]);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toContain("SECRETSECRET");
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(ended.code).toBe(code);
  });
});
