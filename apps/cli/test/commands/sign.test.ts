import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { generatedKey, message } from "../generated-key.ts";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const zoneFile = join(directory, "zone.json");
const rsa = generatedKey(directory, "-s", "mail");
const ed = generatedKey(directory, "-s", "ed", "--type", "ed25519");
writeFileSync(zoneFile, JSON.stringify({ [rsa.name]: [rsa.record], [ed.name]: [ed.record] }));

test("two keys add two fields at the top and change nothing else", () => {
  const signed = mailseal(
    ["sign", "-d", "example.com", "-s", "mail", "-k", rsa.key, "-s", "ed", "-k", ed.key],
    message,
  );
  expect(signed.code).toBe(0);
  expect(signed.stderr).toBe("");
  expect(signed.stdout.endsWith(message)).toBe(true);
  expect(signed.stdout.match(/^DKIM-Signature: /gm)?.length).toBe(2);
});

describe("a Unix file", () => {
  const unix = message.replaceAll("\r\n", "\n");
  const args = ["sign", "-d", "example.com", "-s", "ed", "-k", ed.key, "--timestamp", "1"];

  test("is printed with CRLF and one line about that, and verifies", () => {
    const fixed = mailseal(args, unix);
    expect(fixed.code).toBe(0);
    expect(fixed.stdout).toBe(mailseal(args, message).stdout);
    expect(fixed.stderr).toMatch(
      /^mailseal: standard input: 5 line endings were changed to CRLF before signing, the first at a bare LF in line 1 \(offset 27\); .*--line-endings keep.*\n$/,
    );
    const { code } = mailseal(["verify", "--dns", zoneFile], fixed.bytes);
    expect(code).toBe(0);
  });

  test("with --json the repairs are in the output", () => {
    const { stdout, stderr } = mailseal([...args, "--json"], `${message}end\r`);
    expect(JSON.parse(stdout)).toMatchObject({
      repairs: { count: 1, first: { found: "bare CR", line: 6, offset: message.length + 3 } },
    });
    expect(stderr).toContain("1 line ending was changed to CRLF");
  });

  test("stays as it is with --line-endings keep", () => {
    const kept = mailseal([...args, "--line-endings", "keep"], unix);
    expect(kept).toMatchObject({ code: 0, stderr: "" });
    expect(kept.stdout).toBe(mailseal(args, message).stdout.replaceAll("\r\n", "\n"));
  });
});

describe("an option sets its tag", () => {
  const options: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["-c", ["-c", "simple/relaxed"], /c=simple\/relaxed/],
    ["no --fields", [], /h=From:Subject:To:From:Reply-To:Subject:To:Cc;/],
    ["--fields strict", ["--fields", "strict"], /h=.*:Date:Message-ID:/],
    ["--fields minimal", ["--fields", "minimal"], /h=From:Subject:To:From;/],
    ["--headers", ["--headers", "subject:from"], /h=subject:from;/],
    ["--oversign", ["--headers", "from", "--oversign", "from:cc"], /h=from:from:cc;/],
    ["--identity", ["--identity", "ada@mail.example.com"], /i=ada@mail\.example\.com;/],
    [
      "--timestamp and --expire-after",
      ["--timestamp", "1000", "--expire-after", "7d"],
      /t=1000; x=605800;/,
    ],
    ["--body-length", ["--body-length"], /l=10;/],
    [
      "--copy-headers",
      ["--headers", "from", "--copy-headers"],
      /z=From:=20Ada=20<ada@example\.com>/,
    ],
    ["--algorithm rsa-sha1", ["--algorithm", "rsa-sha1"], /a=rsa-sha1;/],
  ];
  test.each(options)("%s", (_, args, expected) => {
    const { code, stdout, stderr } = mailseal(
      ["sign", "-d", "example.com", "-s", "mail", "-k", rsa.key, ...args],
      message,
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout.replaceAll("\r\n ", " ")).toMatch(expected);
  });
});

test("weak keys only with --allow-weak", () => {
  const weak = generatedKey(directory, "-s", "weak", "--bits", "1024").key;
  const refused = mailseal(["sign", "-d", "example.com", "-s", "weak", "-k", weak], message);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("--allow-weak");
  expect(
    mailseal(["sign", "-d", "example.com", "-s", "weak", "-k", weak, "--allow-weak"], message).code,
  ).toBe(0);
});

test("a message of 200 MB is signed and verified", { timeout: 120_000 }, () => {
  const large = Buffer.alloc(
    200 * 1024 * 1024,
    "a line of seventy-eight characters of text without any meaning at all, repeated\r\n",
  );
  const whole = Buffer.concat([Buffer.from(message), large]);
  const { code, bytes } = mailseal(["sign", "-d", "example.com", "-s", "ed", "-k", ed.key], whole);
  expect(code).toBe(0);
  expect(bytes.subarray(bytes.length - whole.length).equals(whole)).toBe(true);
  expect(mailseal(["verify", "--dns", zoneFile], bytes).code).toBe(0);
});

test("--json prints the fields without the message", () => {
  const { code, stdout } = mailseal(
    ["sign", "-d", "example.com", "-s", "ed", "-k", ed.key, "--json"],
    message,
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    fields: expect.stringMatching(/^DKIM-Signature: v=1;/) as string,
    signatures: [{ domain: "example.com", selector: "ed" }],
  });
});
