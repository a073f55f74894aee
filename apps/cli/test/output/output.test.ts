import { execFileSync, spawnSync } from "node:child_process";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runOnFullDisk, runWithoutReader } from "@mailseal/testkit/ended-output";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { mailseal, program } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const message = join(directory, "message.eml");
const zone = join(directory, "zone.json");
const signed = join(directory, "signed.eml");
writeFileSync(message, "From: a@example.com\r\nSubject: s\r\n\r\nx\r\n");
const made = JSON.parse(
  mailseal(["keygen", "-d", "example.com", "-s", "s", "-o", directory, "--json"]).stdout,
) as { readonly name: string; readonly record: string; readonly key: string };
writeFileSync(zone, JSON.stringify({ [made.name]: [made.record] }));
const sign = ["sign", "-d", "example.com", "-s", "s", "-k", made.key, message];
writeFileSync(signed, mailseal(sign).bytes);

const opendkim = join(directory, "opendkim.conf");
writeFileSync(
  opendkim,
  `Mode s\nDomain example.com\nSelector s\nKeyFile ${made.key}\nSocket inet:8891@localhost\n`,
);
const config = join(directory, "mailseal.yaml");
const [database, queue] = [join(directory, "keys.db"), join(directory, "queue.db")];
writeFileSync(
  config,
  JSON.stringify({
    listeners: [{ protocol: "milter", listen: "127.0.0.1:8891" }],
    domains: { "example.com": { signing: { selector: "s", key: made.key } } },
    queue: { file: queue },
  }),
);
const row = ["example.com", "s", made.key, "--database", database, "--unchecked"];
mailseal(["domains", "add", ...row]);
// The first access creates it.
mailseal(["queue", "list", "-c", config]);

/** Commands that print, with the exit code if all of their output is read. */
const commands: readonly (readonly [readonly string[], number])[] = [
  [["--help"], 0],
  [["--version"], 0],
  [["record", "lint", "--help"], 0],
  [["record", "lint", "nonsense"], 1],
  [["record", "show", "-d", "example.com", "-s", "s", "-k", made.key], 0],
  [sign, 0],
  [["verify", signed, "--dns", zone], 0],
  [["explain", signed, "--dns", zone, "--json"], 0],
  [["test-key", "-d", "example.com", "-s", "s", "-k", made.key, "--dns", zone], 0],
  [["config", "schema"], 0],
  [["demo"], 0],
  [["import", "opendkim", opendkim], 0],
  [["import", "opendkim", opendkim, "--json"], 0],
  [["config", "check", config], 0],
  [["config", "explain", "-c", config, "--from", "a@example.com"], 0],
  [["domains", "list", "--database", database], 0],
  [["queue", "check", "--file", queue], 0],
  [["rotate", "start", "-d", "example.com", "--keys", directory, "--dry-run"], 0],
];

describe("standard output whose reader has gone away", () => {
  test.each(commands)("%j ends as if everything had been read", async (args, code) => {
    expect(await runWithoutReader(program, args)).toEqual({ code, stderr: "" });
  });
});

describe.skipIf(process.platform !== "linux")("standard output on a full disk", () => {
  test.each(commands)("%j prints one line and ends with exit code 3", (args) => {
    const { code, stderr } = runOnFullDisk(program, args);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^mailseal: cannot write standard output: no space left on device[^\n]*\n$/,
    );
  });

  test("standard error on a full disk does not change the exit code", () => {
    const full = openSync("/dev/full", "w");
    const { status } = spawnSync(process.execPath, [program, "nonsense"], {
      stdio: ["ignore", "pipe", full],
      env: { PATH: process.env["PATH"] },
    });
    expect(status).toBe(2);
  });
});

test("a reader that closes the pipe early is not a failure", () => {
  const command = `"${process.execPath}" "${program}" sign -d example.com -s s -k "${made.key}" | head -c 20`;
  const large = Buffer.concat([readFileSync(message), Buffer.alloc(8 << 20, "x\r\n")]);
  const output = execFileSync("sh", ["-c", command], {
    input: large,
    stdio: ["pipe", "pipe", "pipe"],
  });
  expect(output.toString()).toBe("DKIM-Signature: v=1;");
});
