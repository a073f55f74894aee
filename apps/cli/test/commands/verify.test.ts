import { mkdirSync, writeFileSync } from "node:fs";
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
const tags = Array.from({ length: 10_000 }, (_, index) => `t${index}=x`).join("; ");
const garbage = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256));
const signed = mailseal(
  ["sign", "-d", "example.com", "-s", "mail", "-k", rsa.key, "-s", "ed", "-k", ed.key],
  message,
);

test("--json prints one object for each message", () => {
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

test("the text has no colours in a pipe, and fits 80 columns", () => {
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

describe("exit codes of verify", () => {
  const good = mailseal(["sign", "-d", "example.com", "-s", "ed", "-k", ed.key], message).stdout;
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

test("a signature with 10,000 tags gets a verdict", () => {
  const input = `DKIM-Signature: ${tags}\r\n${message}`;
  const { code, stdout, stderr } = mailseal(["verify", "--json", "--dns", zoneFile], input);
  expect([code, stderr]).toEqual([1, ""]);
  expect(JSON.parse(stdout)).toMatchObject({ signatures: [{ result: "permerror" }] });
});

test("binary garbage to verify is a message without signatures", () => {
  const { code, stdout, stderr } = mailseal(["verify", "--json", "--dns", zoneFile], garbage);
  expect([code, stderr]).toEqual([1, ""]);
  expect(JSON.parse(stdout)).toMatchObject({ from: [], signatures: [] });
});
