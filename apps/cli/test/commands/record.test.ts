import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { generatedKey } from "../generated-key.ts";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");

const made = generatedKey(directory, "-s", "mail");
const ed = generatedKey(directory, "-s", "ed", "--type", "ed25519");
const zoneFile = join(directory, "zone.json");
writeFileSync(zoneFile, JSON.stringify({ [made.name]: [made.record], [ed.name]: [ed.record] }));
/** The format of opendkim-genkey: the owner name is relative to a zone that the file does not name. */
const genkeyFile = [
  `mail._domainkey\tIN\tTXT\t( "v=DKIM1; h=sha256; k=rsa; "`,
  `\t  "${made.record.slice(made.record.indexOf("p="), 200)}"`,
  `\t  "${made.record.slice(200)}" )  ; ----- DKIM key mail for example.com`,
].join("\n");

describe("record show", () => {
  test("prints the record that keygen printed", () => {
    const { stdout } = mailseal([
      "record",
      "show",
      "-d",
      "example.com",
      "-s",
      "mail",
      "-k",
      made.key,
      "--json",
    ]);
    expect(JSON.parse(stdout)).toEqual({ name: made.name, record: made.record, zone: made.zone });
  });
});

describe("record lint", () => {
  test("accepts a good record, and reports a bad one", () => {
    expect(mailseal(["record", "lint", ed.record]).code).toBe(0);
    const bad = mailseal(["record", "lint", "--json"], "v=DKIM1; k=rsa; t=y");
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toHaveProperty("advice.0.level");
  });

  test("accepts the zone line that keygen prints", () => {
    for (const args of [[made.zone], []]) {
      const { code, stdout } = mailseal(["record", "lint", ...args], made.zone);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: "mail._domainkey.example.com\nNo problems found.\n",
      });
    }
  });

  test("accepts the file of opendkim-genkey", () => {
    const { code, stdout } = mailseal(["record", "lint"], genkeyFile);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "mail._domainkey\nNo problems found.\n",
    });
  });

  test("reports errors in a zone line, and in its record", () => {
    const broken = `${made.zone.replace("k=rsa", "k=RSA")}\nother IN TXT "unclosed\n`;
    const { code, stdout } = mailseal(["record", "lint"], broken);
    expect(code).toBe(1);
    expect(stdout).toContain("Line 2 of the zone file cannot be read");
    expect(stdout).toContain("Receivers do not know the key type k=RSA.");
    const json = JSON.parse(mailseal(["record", "lint", "--json"], broken).stdout) as unknown;
    expect(json).toMatchObject([{ name: "" }, { name: made.name, advice: [{ level: "error" }] }]);
  });

  test("reports zone file lines without a record in one line", () => {
    const { code, stdout, stderr } = mailseal(["record", "lint"], "; example IN TXT comment\n");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^mailseal: there is no record in these zone file lines; expected .*\n$/,
    );
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

  test("reports a missing name without advice on a record", () => {
    const { code, stdout } = lookup("absent", made.zone);
    expect(code).toBe(1);
    expect(stdout).toBe(
      "absent._domainkey.example.com: there is no such name in DNS; publish the record there\n",
    );
  });

  test.each([
    ["an owner name without an origin", genkeyFile],
    ["an owner name without its final dot", made.zone.replace(".com. ", ".com ")],
    ["a wildcard", made.zone.replace("mail._domainkey", "*._domainkey")],
    ["a wildcard without an origin", genkeyFile.replace("mail._domainkey", "*._domainkey")],
    ["a wildcard of the domain", made.zone.replace("mail._domainkey", "*")],
  ])("%s", (_, zone) => {
    const { code, stdout } = lookup("mail", zone);
    expect(stdout).toMatch(/^mail\._domainkey\.example\.com\n/);
    expect(stdout).toContain("No problems found.\n");
    expect(code).toBe(0);
  });

  test("finds a published record, and no other", () => {
    const args = ["record", "lookup", "-d", "example.com", "--dns", zoneFile];
    expect(mailseal([...args, "-s", "mail"])).toMatchObject({ code: 0 });
    expect(mailseal([...args, "-s", "other"])).toMatchObject({ code: 1 });
  });

  test("--dns accepts a zone file of lines that keygen prints", () => {
    const file = join(directory, "zone");
    writeFileSync(file, `; keys\n${made.zone}\n${ed.zone}\n`);
    expect(
      mailseal(["record", "lookup", "-d", "example.com", "-s", "mail", "--dns", file]).code,
    ).toBe(0);
  });
});
