import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const key = join(directory, "a.key");
writeFileSync(key, generateKey({ type: "ed25519" }).toPem(), { mode: 0o600 });
const whole = `Mode s\nDomain example.com\nSelector s\nKeyFile ${key}\nSyslog yes\n`;

function imported(text: string, ...args: readonly string[]): ReturnType<typeof mailseal> {
  const file = join(directory, "opendkim.conf");
  writeFileSync(file, text);
  return mailseal(["import", "opendkim", file, ...args]);
}

test("the account precedes the YAML, and lines that need attention come first", () => {
  const { code, stdout, stderr } = imported(`${whole}Foo 1\n`);
  expect(code).toBe(1);
  const headings = stdout.match(/^# (?:not|carried|Conv).*$/gm)?.map((line) => line.split(" (")[0]);
  expect(headings).toEqual([
    `# Converted from ${join(directory, "opendkim.conf")} by mailseal import opendkim`,
    "# not carried over",
    "# not needed",
    "# carried over",
  ]);
  expect(parse(stdout)).toMatchObject({ domains: { "example.com": { signing: { key } } } });
  expect(stderr).toMatch(/^mailseal: not carried over: .*:6: Foo: unknown option .*\n$/);
});

test("a source that is carried over whole ends with exit code 0 and no line on standard error", () => {
  expect(imported(whole)).toMatchObject({ code: 0, stderr: "" });
});

test("a result that config check would refuse is reported, with exit code 1", () => {
  const { code, stderr } = imported(`${whole}Socket inet:99999@localhost\n`);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^mailseal: config check will refuse the result: listeners\[0\]\.listen: /m,
  );
});

test("--json prints the config, the account, the warnings and the problems", () => {
  const { code, stdout, stderr } = imported(whole, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({
    config: { listeners: [{ direction: "outbound" }] },
    account: expect.arrayContaining([
      {
        file: join(directory, "opendkim.conf"),
        line: 5,
        fate: "not-needed",
        text: expect.any(String) as string,
      },
    ]) as unknown[],
    warnings: [],
    problems: [],
  });
});

test("the name of a program is needed", () => {
  const { code, stdout } = mailseal(["import"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});
