import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { mailseal } from "./mailseal.ts";

const directory = temporaryDirectory("file");
const message =
  "From: Ada <ada@example.com>\r\nTo: zoe@example.net\r\nSubject: Plan\r\n\r\nAt nine.\r\n";
const keyFile = join(directory, "example.com", "mail.key");
const edKeyFile = join(directory, "example.com", "ed.key");
const zoneFile = join(directory, "zone.json");

interface Generated {
  readonly name: string;
  readonly record: string;
  readonly zone: string;
  readonly key: string;
}

function keygen(...args: string[]): Generated {
  const { code, stdout, stderr } = mailseal([
    "keygen",
    "-d",
    "example.com",
    "-o",
    directory,
    "--json",
    ...args,
  ]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as Generated;
}

const rsa = keygen("-s", "mail");
const ed = keygen("-s", "ed", "--type", "ed25519");
writeFileSync(zoneFile, JSON.stringify({ [rsa.name]: [rsa.record], [ed.name]: [ed.record] }));

describe("keygen", () => {
  test("writes <dir>/<domain>/<selector>.key for its owner alone", () => {
    expect(rsa.key).toBe(keyFile);
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
    const zone = mailseal([
      "keygen",
      "-d",
      "example.com",
      "-s",
      "z",
      "-t",
      "ed25519",
      "-o",
      directory,
    ]);
    expect(zone.stdout).toMatch(
      /z\._domainkey\.example\.com\..*TXT.*"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}="/,
    );
    const line = mailseal([
      "keygen",
      "-d",
      "example.com",
      "-s",
      "l",
      "-t",
      "ed25519",
      "-o",
      directory,
      "--format",
      "line",
    ]);
    expect(line.stdout).toMatch(/\nv=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=\n$/);
  });
  test("a domain cannot lead out of the directory", () => {
    const escape = mailseal(["keygen", "-d", "../../etc", "-s", "a", "-o", directory]);
    expect(escape).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("sign and verify", () => {
  const signed = mailseal(
    ["sign", "-d", "example.com", "-s", "mail", "-k", keyFile, "-s", "ed", "-k", edKeyFile],
    message,
  );

  test("adds two fields at the top and changes nothing else", () => {
    expect(signed.code).toBe(0);
    expect(signed.stderr).toBe("");
    expect(signed.stdout.endsWith(message)).toBe(true);
    expect(signed.stdout.match(/^DKIM-Signature: /gm)?.length).toBe(2);
  });

  describe("a Unix file", () => {
    const unix = message.replaceAll("\r\n", "\n");
    const args = ["sign", "-d", "example.com", "-s", "ed", "-k", edKeyFile, "--timestamp", "1"];

    test("is printed with CRLF, with one line that says so, and verifies", () => {
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

  test("the JSON form", () => {
    const file = join(directory, "signed.eml");
    writeFileSync(file, signed.bytes);
    const { code, stdout } = mailseal([
      "verify",
      "--json",
      "--dns",
      zoneFile,
      "--authserv-id",
      "mx.example.net",
      file,
    ]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({
      file,
      from: ["ada@example.com"],
      signatures: [
        {
          domain: "example.com",
          selector: "mail",
          identity: "@example.com",
          algorithm: "rsa-sha256",
          canonicalization: "relaxed/relaxed",
          result: "pass",
          code: "pass",
          reason: "the signature matches",
          bodyHash: "match",
          signature: "match",
          keyBits: 2048,
          testing: false,
          aligned: "strict",
        },
        { selector: "ed", algorithm: "ed25519-sha256", result: "pass", keyBits: 256 },
      ],
    });
    expect(report["authenticationResults"]).toMatch(
      /^Authentication-Results: mx\.example\.net;\s+dkim=pass/,
    );
  });

  test("the text output has no colours in a pipe", () => {
    const { stdout } = mailseal(["verify", "--dns", zoneFile], signed.bytes);
    expect(stdout).toContain("Verified: example.com signed this message");
    expect(stdout).not.toContain("\u001b");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("control characters of a message never reach the terminal", () => {
    const hostile =
      "DKIM-Signature: v=1; d=\u001b[31mred; s=a\r\nFrom: \u001b]0;owned\u0007@example.com\r\n\r\n";
    const { stdout } = mailseal(["verify", "--dns", zoneFile], hostile);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });

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
      ["sign", "-d", "example.com", "-s", "mail", "-k", keyFile, ...args],
      message,
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout.replaceAll("\r\n ", " ")).toMatch(expected);
  });

  test("weak keys only with --allow-weak", () => {
    const weak = keygen("-s", "weak", "--bits", "1024").key;
    const refused = mailseal(["sign", "-d", "example.com", "-s", "weak", "-k", weak], message);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("--allow-weak");
    expect(
      mailseal(["sign", "-d", "example.com", "-s", "weak", "-k", weak, "--allow-weak"], message)
        .code,
    ).toBe(0);
  });

  test("a message of 200 MB, in bounded time", { timeout: 120_000 }, () => {
    const large = Buffer.alloc(
      200 * 1024 * 1024,
      "a line of seventy-eight characters of text without any meaning at all, repeated\r\n",
    );
    const whole = Buffer.concat([Buffer.from(message), large]);
    const { code, bytes } = mailseal(
      ["sign", "-d", "example.com", "-s", "ed", "-k", edKeyFile],
      whole,
    );
    expect(code).toBe(0);
    expect(bytes.subarray(bytes.length - whole.length).equals(whole)).toBe(true);
    expect(mailseal(["verify", "--dns", zoneFile], bytes).code).toBe(0);
  });
});

describe("exit codes of verify", () => {
  const good = mailseal(["sign", "-d", "example.com", "-s", "ed", "-k", edKeyFile], message).stdout;
  const altered = good.replace("nine", "ten");
  const zones: Record<string, unknown> = {
    good: { [ed.name]: [ed.record] },
    empty: {},
    servfail: { [ed.name]: { error: "servfail" } },
    timeout: { [ed.name.toUpperCase()]: { error: "timeout" } },
    nxdomain: { [ed.name]: { error: "nxdomain" } },
  };
  mkdirSync(join(directory, "zones"));
  for (const [name, zone] of Object.entries(zones)) {
    writeFileSync(join(directory, "zones", name), JSON.stringify(zone));
  }
  const cases: readonly (readonly [string, string, string, number])[] = [
    ["some signature passes", "good", good, 0],
    ["none passes", "good", altered, 1],
    ["no key", "empty", good, 1],
    ["NXDOMAIN", "nxdomain", good, 1],
    ["SERVFAIL", "servfail", good, 75],
    ["timeout", "timeout", good, 75],
    ["no signature", "good", message, 1],
    ["empty input", "good", "", 1],
    ["binary garbage", "good", "\0\u0001\u00ff\n\n\r", 1],
  ];
  test.each(cases)("%s", (_, zone, input, code) => {
    const ended = mailseal(["verify", "--json", "--dns", join(directory, "zones", zone)], input);
    expect(ended.stderr).toBe("");
    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.stdout)).toHaveProperty("signatures");
  });

  test("an unreadable file does not stop the verification of the others", () => {
    const file = join(directory, "good.eml");
    writeFileSync(file, good);
    const { code, stdout, stderr } = mailseal([
      "verify",
      "--json",
      "--dns",
      zoneFile,
      "/nonexistent",
      file,
    ]);
    expect(code).toBe(3);
    expect(stdout.trim().split("\n").length).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([
      "mailseal: cannot read /nonexistent: there is no such file",
    ]);
  });
});

describe("record and test-key", () => {
  test("record show prints what keygen printed", () => {
    const { stdout } = mailseal([
      "record",
      "show",
      "-d",
      "example.com",
      "-s",
      "mail",
      "-k",
      keyFile,
      "--json",
    ]);
    expect(JSON.parse(stdout)).toEqual({ name: rsa.name, record: rsa.record, zone: rsa.zone });
  });
  test("record lint", () => {
    expect(mailseal(["record", "lint", ed.record]).code).toBe(0);
    const bad = mailseal(["record", "lint", "--json"], "v=DKIM1; k=rsa; t=y");
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toHaveProperty("advice.0.level");
  });
  test("record lookup", () => {
    const lookup = ["record", "lookup", "-d", "example.com", "--dns", zoneFile];
    expect(mailseal([...lookup, "-s", "mail"])).toMatchObject({ code: 0 });
    expect(mailseal([...lookup, "-s", "other"])).toMatchObject({ code: 1 });
  });
  test("a zone file in the form that keygen prints serves as --dns", () => {
    const file = join(directory, "zone");
    writeFileSync(file, `; keys\n${rsa.zone}\n${ed.zone}\n`);
    expect(
      mailseal(["record", "lookup", "-d", "example.com", "-s", "mail", "--dns", file]).code,
    ).toBe(0);
  });
  const matches: readonly (readonly [string, string, string, number])[] = [
    ["the key that is published", "mail", keyFile, 0],
    ["another key", "mail", edKeyFile, 1],
    ["no record", "other", keyFile, 1],
  ];
  test.each(matches)("test-key: %s", (_, selector, file, code) => {
    expect(
      mailseal(["test-key", "-d", "example.com", "-s", selector, "-k", file, "--dns", zoneFile])
        .code,
    ).toBe(code);
  });
});
