import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");

function keygen(...args: string[]): ReturnType<typeof mailseal> {
  return mailseal(["keygen", "-d", "example.com", "-o", directory, ...args]);
}

interface Made {
  readonly name: string;
  readonly record: string;
  readonly zone: string;
}

const made = JSON.parse(keygen("-s", "mail", "--json").stdout) as Made;
/** As opendkim-genkey writes it: the owner is relative to a zone that the file does not name. */
const genkeyFile = [
  `mail._domainkey\tIN\tTXT\t( "v=DKIM1; h=sha256; k=rsa; "`,
  `\t  "${made.record.slice(made.record.indexOf("p="), 200)}"`,
  `\t  "${made.record.slice(200)}" )  ; ----- DKIM key mail for example.com`,
].join("\n");

describe("record lint", () => {
  test("takes the zone line that keygen prints", () => {
    for (const args of [[made.zone], []]) {
      const { code, stdout } = mailseal(["record", "lint", ...args], made.zone);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: "mail._domainkey.example.com\nNo problems found.\n",
      });
    }
  });

  test("takes the file of opendkim-genkey", () => {
    const { code, stdout } = mailseal(["record", "lint"], genkeyFile);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "mail._domainkey\nNo problems found.\n",
    });
  });

  test("reports errors of a zone line, and of the record in it", () => {
    const broken = `${made.zone.replace("k=rsa", "k=RSA")}\nother IN TXT "unclosed\n`;
    const { code, stdout } = mailseal(["record", "lint"], broken);
    expect(code).toBe(1);
    expect(stdout).toContain("Line 2 of the zone file cannot be read");
    expect(stdout).toContain("Receivers do not know the key type k=RSA.");
    const json = JSON.parse(mailseal(["record", "lint", "--json"], broken).stdout) as unknown;
    expect(json).toMatchObject([{ name: "" }, { name: made.name, advice: [{ level: "error" }] }]);
  });

  test("reports a published private key as an error", () => {
    const key = readFileSync(join(directory, "example.com/mail.key"), "latin1");
    const p = key.replaceAll(/-----[^-]+-----|\s/g, "");
    const { code, stdout } = mailseal(["record", "lint", `v=DKIM1; k=rsa; p=${p}`]);
    expect(code).toBe(1);
    expect(stdout).toContain("THE PRIVATE KEY IS PUBLISHED");
  });
});

describe("record lookup", () => {
  const lookup = (selector: string, zone: string): ReturnType<typeof mailseal> => {
    const file = join(directory, "zone.txt");
    writeFileSync(file, zone);
    return mailseal(["record", "lookup", "-d", "example.com", "-s", selector, "--dns", file]);
  };

  test("a missing name has no verdict on a record", () => {
    const { code, stdout } = lookup("absent", made.zone);
    expect(code).toBe(1);
    expect(stdout).toBe(
      "absent._domainkey.example.com: there is no such name in DNS; publish the record there\n",
    );
  });

  test.each([
    ["an owner without an origin", genkeyFile],
    ["an owner without its last dot", made.zone.replace(".com. ", ".com ")],
    ["a wildcard", made.zone.replace("mail._domainkey", "*._domainkey")],
    ["a wildcard without an origin", genkeyFile.replace("mail._domainkey", "*._domainkey")],
    ["a wildcard of the domain", made.zone.replace("mail._domainkey", "*")],
  ])("%s", (_, zone) => {
    const { code, stdout } = lookup("mail", zone);
    expect(stdout).toMatch(/^mail\._domainkey\.example\.com\n/);
    expect(stdout).toContain("No problems found.\n");
    expect(code).toBe(0);
  });
});

describe("keygen", () => {
  test("writes h=, s=, n= and t=s", () => {
    const tags = ["--hashes", "sha256", "--services", "email", "--notes", "night build"];
    const args = ["-s", "tags", "-t", "ed25519", ...tags, "--no-subdomains", "--testing"];
    const { record } = JSON.parse(keygen(...args, "--json").stdout) as Made;
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
    expect(stderr).toContain("expected services to be words");
  });

  test("warns about a key that receivers refuse", () => {
    const { code, stdout, stderr } = keygen("-s", "short", "-b", "512");
    expect(code).toBe(0);
    expect(stdout).toContain("short._domainkey.example.com. IN TXT");
    expect(stderr).toMatch(/^mailseal: warning: The RSA key has 512 bits; receivers refuse/);
    expect(keygen("-s", "usual").stderr).toBe("");
  });
});
