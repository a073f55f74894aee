import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStatistics, type Snapshot } from "@mailseal/stats";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { mailsealAsync, program } from "../mailseal.ts";
import { serveAdmin } from "../serve-admin.ts";

const directory = temporaryDirectory("file");

function counted(domain = "example.com"): Snapshot {
  const statistics = createStatistics();
  for (const name of [domain, "example.net"]) {
    statistics.recordSigning({
      scope: { domain: name, binding: "out" },
      outcome: "signed",
      durationNs: 1000,
      signatures: [],
    });
  }
  statistics.recordVerification({
    result: "fail",
    code: "no-key",
    signingDomain: domain,
    testing: false,
  });
  return statistics.snapshot();
}

describe("mailseal stats", () => {
  test.each([
    [
      [],
      /^Signing Statistics\n\nGlobal\n {8}DKIM\n {16}AccumulatedSigningTime +0\.0000\n {16}TotalMessagesSigned +2\n/,
    ],
    [
      ["--domain", "example.net"],
      /^Signing Statistics\n\nPer Domain\n {8}DomainName {2}example\.net\n(?:(?!example\.com).|\n)*$/,
    ],
    [["--binding", "out"], /^Signing Statistics\n\nPer Binding\n {8}binding_name out\n/],
    [["--verification"], /^Verification Statistics\n[^]*no-key/],
    [["--json"], /^\{"sinceMs":.*example\.com.*\}\n$/],
    [
      ["--json", "--domain", "example.net"],
      /^(?:(?!example\.com).)*example\.net(?:(?!example\.com).)*\n$/,
    ],
  ])("%j", async (options, expected) => {
    const { at } = await serveAdmin(counted());
    const { code, stdout } = await mailsealAsync(["stats", "--admin", at, ...options]);
    expect(stdout).toMatch(expected);
    expect(code).toBe(0);
  });

  test("--top requests only the rows that it prints", async () => {
    const { at, asked } = await serveAdmin(counted());
    await mailsealAsync(["stats", "--admin", at, "--top", "3"]);
    expect(asked).toEqual(["GET /stats?top=3"]);
  });

  test("hostile names are printed safely", async () => {
    const { at } = await serveAdmin(counted("\u001b[2J\u0000<b>\u202e"));
    const { stdout } = await mailsealAsync(["stats", "--admin", at]);
    expect(stdout).toContain("<b>");
    expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
  });

  test("reset sends the token and prints Momentum's answer", async () => {
    const { at, asked } = await serveAdmin({ reset: true });
    const file = join(directory, "token");
    writeFileSync(file, "0123456789abcdef\n", { mode: 0o600 });
    const { code, stdout } = await mailsealAsync([
      "stats",
      "reset",
      "--admin",
      at,
      "--token-file",
      file,
    ]);
    expect([code, stdout]).toEqual([0, "Signing Statistics are reset\n"]);
    expect(asked).toEqual(["POST /stats/reset Bearer 0123456789abcdef"]);
  });

  test("a token file that other users can read is refused", async () => {
    const { at, asked } = await serveAdmin({});
    const file = join(directory, "open-token");
    writeFileSync(file, "0123456789abcdef\n", { mode: 0o644 });
    const { code, stderr } = await mailsealAsync(["stats", "--admin", at, "--token-file", file]);
    expect(stderr).toMatch(/^mailseal: --token-file ".*open-token": .*mode 0644.*chmod 600.*\n$/);
    expect([code, asked]).toEqual([3, []]);
  });

  test.each([
    ["a refusal", { error: "no \u001b[2J" }, 401, /^mailseal: no \\u001b\[2J\n$/],
    [
      "another version",
      { version: 9 },
      200,
      /^mailseal: the statistics are from another version of Mailseal: /,
    ],
  ])("%s is one line, and exit code 3", async (_name, body, status, expected) => {
    const { at } = await serveAdmin(body, status);
    const { code, stderr } = await mailsealAsync(["stats", "--admin", at]);
    expect(stderr).toMatch(expected);
    expect(code).toBe(3);
  });

  test.each([
    [
      ["stats", "--admin", "unix:/nowhere/admin.sock"],
      3,
      /no relay or worker answers at unix:\/nowhere\/admin\.sock/,
    ],
    [["stats", "--admin", "nowhere"], 2, /expected unix:PATH or HOST:PORT/],
    [["stats", "--top", "0"], 2, /expected a whole number of at least 1/],
    [["stats", "--watch", "never"], 2, /expected a number of seconds/],
  ])("%j ends with exit code %i", async (args, expectedCode, expected) => {
    const { code, stderr } = await mailsealAsync(args);
    expect(stderr).toMatch(expected);
    expect(code).toBe(expectedCode);
  });

  test("--watch prints again and again", async () => {
    const { at, asked } = await serveAdmin(counted());
    const child = spawn(process.execPath, [program, "stats", "--admin", at, "--watch", "0.1"]);
    let printed = "";
    for await (const chunk of child.stdout) {
      printed += String(chunk);
      if (printed.split("Global").length > 3) break;
    }
    child.kill();
    expect(asked.length).toBeGreaterThanOrEqual(3);
  });
});
