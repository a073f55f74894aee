import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { generatedKey } from "../generated-key.ts";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const keyFile = join(directory, "example.com", "mail.key");

function keygen(...args: string[]): ReturnType<typeof mailseal> {
  return mailseal(["keygen", "-d", "example.com", "-o", directory, ...args]);
}

test("writes <dir>/<domain>/<selector>.key for its owner alone", () => {
  expect(generatedKey(directory, "-s", "mail").key).toBe(keyFile);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect(readFileSync(keyFile, "utf8")).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
});

test("keeps an existing key without --force", () => {
  const before = readFileSync(keyFile, "utf8");
  const again = mailseal(["keygen", "-d", "example.com", "-s", "mail", "-o", directory]);
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toContain("exists already");
  expect(readFileSync(keyFile, "utf8")).toBe(before);
  const other = join(directory, "forced");
  mailseal(["keygen", "-d", "example.com", "-s", "a", "-t", "ed25519", "-o", other]);
  const first = readFileSync(join(other, "example.com", "a.key"), "utf8");
  expect(
    mailseal(["keygen", "-d", "example.com", "-s", "a", "-t", "ed25519", "-o", other, "--force"])
      .code,
  ).toBe(0);
  expect(readFileSync(join(other, "example.com", "a.key"), "utf8")).not.toBe(first);
});

test("prints a zone line or one line of text", () => {
  const zone = keygen("-s", "z", "-t", "ed25519");
  expect(zone.stdout).toMatch(
    /z\._domainkey\.example\.com\..*TXT.*"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}="/,
  );
  const line = keygen("-s", "l", "-t", "ed25519", "--format", "line");
  expect(line.stdout).toMatch(/\nv=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=\n$/);
});

test("a domain cannot lead out of the directory", () => {
  const escape = mailseal(["keygen", "-d", "../../etc", "-s", "a", "-o", directory]);
  expect(escape).toMatchObject({ code: 2, stdout: "" });
});

test("writes h=, s=, n= and t=s", () => {
  const tags = ["--hashes", "sha256", "--services", "email", "--notes", "night build"];
  const args = ["-s", "tags", "-t", "ed25519", ...tags, "--no-subdomains", "--testing"];
  const { record } = generatedKey(directory, ...args);
  expect(record).toMatch(
    /^v=DKIM1; k=ed25519; h=sha256; s=email; t=y:s; n=night=20build; p=\S{44}$/,
  );
  const key = join(directory, "example.com/tags.key");
  const shown = ["record", "show", "-d", "example.com", "-s", "tags", "-k", key, "--json"];
  const again = mailseal([...shown, ...tags, "--no-subdomains", "--testing"]);
  expect(JSON.parse(again.stdout)).toMatchObject({ record });
});

test("an invalid value of a tag is a wrong command line", () => {
  const { code, stderr } = keygen("-s", "bad", "-t", "ed25519", "--services", "e mail");
  expect(code).toBe(2);
  expect(stderr).toContain(
    'services[0]: expected a word of letters, digits and hyphens or "*", got "e mail"',
  );
});

test("warns about a key that receivers refuse", () => {
  const { code, stdout, stderr } = keygen("-s", "short", "-b", "512");
  expect(code).toBe(0);
  expect(stdout).toContain("short._domainkey.example.com. IN TXT");
  expect(stderr).toMatch(/^mailseal: warning: The RSA key has 512 bits; receivers refuse/);
  expect(keygen("-s", "usual").stderr).toBe("");
});
