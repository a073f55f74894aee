import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { mailseal } from "./mailseal.ts";

const directory = temporaryDirectory("file");
const message = "From: ada@example.com\r\n\r\nAt nine.\r\n";
const key = join(directory, "example.com", "s.key");
mailseal(["keygen", "-d", "example.com", "-s", "s", "-t", "ed25519", "-o", directory]);

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const ecKey = execFileSync("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout"]);
const garbage = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256));
/** No mail has a header as long as this. */
const endless = Buffer.alloc((16 << 20) + 1, "x");
const signArgs = ["sign", "-d", "example.com", "-s", "s"];
const tags = Array.from({ length: 10_000 }, (_, index) => `t${index}=x`).join("; ");

interface BadInput {
  readonly name: string;
  readonly args: readonly string[];
  readonly input?: string | Uint8Array;
  readonly code: number;
  readonly says: RegExp;
}

const cases: readonly BadInput[] = [
  ...["opendkim", "momentum", "rspamd", "kumomta"].map((program) => ({
    name: `a file to import from ${program} that is not there`,
    args: ["import", program, "/nonexistent"],
    code: 3,
    says: /^mailseal: cannot read \/nonexistent: there is no such file$/m,
  })),
  {
    name: "a directory to import from",
    args: ["import", "opendkim", directory],
    code: 3,
    says: /cannot read .*: it is a directory$/m,
  },
  {
    name: "a key directory below a file",
    args: ["keygen", "-d", "a.test", "-s", "s", "-o", key],
    code: 3,
    says: /cannot write .*: a part of the path is not a directory$/m,
  },
  ...(process.platform === "linux"
    ? [
        {
          name: "a key directory where none can be made",
          args: ["keygen", "-d", "a.test", "-s", "s", "-o", "/proc/x"],
          code: 3,
          says: /cannot write .*: no directory can be created there$/m,
        },
      ]
    : []),
  {
    name: "a key directory of a rotation that is a file",
    args: ["rotate", "start", "-d", "a.test", "--keys", key, "--state", join(directory, "r.db")],
    code: 2,
    says: /--keys: .* is a file; expected a directory/,
  },
  {
    name: "a queue that is a directory",
    args: ["queue", "list", "--file", directory],
    code: 3,
    says: /no queue at .*: it is not a file$/m,
  },
  {
    name: "a file to recover that is not a queue",
    args: ["queue", "recover", "--file", key, join(directory, "recovered.db")],
    code: 3,
    says: /nothing of a queue can be read in .*; is it the right file\?$/m,
  },
  {
    name: "a queue without a config to name it",
    args: ["queue", "list", "-c", "/nonexistent"],
    code: 3,
    says: /^mailseal: cannot find the queue: \/nonexistent: cannot be read: there is no such file; give --file or --nats, or a valid config with --config$/m,
  },
  {
    name: "a key database without a config to name it",
    args: ["domains", "list", "-c", "/nonexistent"],
    code: 3,
    says: /^mailseal: cannot find the key database: \/nonexistent: cannot be read: there is no such file; give --database, or a valid config with --config$/m,
  },
  {
    name: "a config with an error to explain",
    args: ["config", "explain", "-c", file("wrong.yaml", "listeners: 3\n"), "--from", "a@a.test"],
    code: 1,
    says: /wrong\.yaml:1:1: listeners: expected a list, got 3; mailseal config check .*wrong\.yaml lists all problems$/m,
  },
  {
    name: "a relay that does not run",
    args: ["reload", "--admin", "unix:/nonexistent"],
    code: 3,
    says: /no relay or worker answers at unix:\/nonexistent \(there is no such socket\); start one, or give its address with --admin$/m,
  },
  { name: "an unknown command", args: ["sing"], code: 2, says: /unknown command/ },
  {
    name: "an unknown option",
    args: ["verify", "--jason"],
    code: 2,
    says: /unknown option.*--json/,
  },
  {
    name: "a missing option",
    args: ["sign", "-d", "example.com"],
    code: 2,
    says: /^mailseal: --selector <selector> is missing; see --help$/m,
  },
  {
    name: "a value that is not a number",
    args: ["verify", "--now", "soon"],
    code: 2,
    says: /--now "soon" is not valid: expected whole Unix seconds/,
  },
  {
    name: "a value that is not a duration",
    args: [...signArgs, "-k", key, "--expire-after", "7"],
    code: 2,
    says: /such as 7d/,
  },
  {
    name: "an unknown canonicalization",
    args: [...signArgs, "-k", key, "-c", "nofws"],
    code: 2,
    says: /--canonicalization "nofws" is not valid: expected one of simple\/simple/,
  },
  {
    name: "an unknown algorithm",
    args: [...signArgs, "-k", key, "--algorithm", "rsa-md5"],
    code: 2,
    says: /rsa-sha256/,
  },
  {
    name: "an algorithm of another key",
    args: [...signArgs, "-k", key, "--algorithm", "rsa-sha1"],
    input: message,
    code: 2,
    says: /ed25519/,
  },
  {
    name: "-d, -s and -k that do not pair",
    args: [...signArgs, "-k", key, "-s", "t"],
    code: 2,
    says: /once for each signature/,
  },
  {
    name: "an identity of another domain",
    args: [...signArgs, "-k", key, "--identity", "a@example.net"],
    input: message,
    code: 2,
    says: /example\.com/,
  },
  {
    name: "a bad domain",
    args: ["sign", "-d", "exa mple", "-s", "s", "-k", key],
    input: message,
    code: 2,
    says: /domain name/,
  },
  {
    name: "two sources of DNS",
    args: ["verify", "--dns", "a", "--resolver", "127.0.0.1"],
    code: 2,
    says: /--dns, --resolver and --doh exclude each other; give only one/,
  },
  {
    name: "a missing message",
    args: ["verify", "--dns", file("empty.json", "{}"), "/nonexistent"],
    code: 3,
    says: /no such file/,
  },
  {
    name: "a directory for a message",
    args: ["verify", "--dns", join(directory, "empty.json"), directory],
    code: 3,
    says: /directory/,
  },
  {
    name: "a missing key",
    args: [...signArgs, "-k", "/nonexistent"],
    input: message,
    code: 3,
    says: /no such file/,
  },
  {
    name: "a missing zone",
    args: ["verify", "--dns", "/nonexistent"],
    input: message,
    code: 3,
    says: /no such file/,
  },
  {
    name: "a zone that is no JSON",
    args: ["verify", "--dns", file("broken.json", "{ nope")],
    input: message,
    code: 3,
    says: /JSON/,
  },
  {
    name: "a zone of another form",
    args: ["verify", "--dns", file("odd.json", '{"a.example": 7}')],
    input: message,
    code: 3,
    says: /a\.example/,
  },
  {
    name: "an unreadable key",
    args: [...signArgs, "-k", file("garbage.key", garbage)],
    input: message,
    code: 3,
    says: /garbage\.key/,
  },
  {
    name: "a key of the wrong kind",
    args: [...signArgs, "-k", file("ec.key", ecKey)],
    input: message,
    code: 3,
    says: /ec\.key/,
  },
  {
    name: "a huge key file",
    args: [...signArgs, "-k", file("huge.key", Buffer.alloc(1 << 20))],
    input: message,
    code: 3,
    says: /larger than \d+ bytes, the limit/,
  },
  {
    name: "a message with no header",
    args: [...signArgs, "-k", key],
    input: "\r\nHello\r\n",
    code: 1,
    says: /From/,
  },
  { name: "an empty message", args: [...signArgs, "-k", key], input: "", code: 1, says: /From/ },
  {
    name: "binary garbage to sign",
    args: [...signArgs, "-k", key],
    input: garbage,
    code: 1,
    says: /From|line/,
  },
  {
    name: "a header without end to sign",
    args: [...signArgs, "-k", key],
    input: endless,
    code: 3,
    says: /standard input: the header is larger than the limit of/,
  },
  {
    name: "a header without end to verify",
    args: ["verify", "--dns", join(directory, "empty.json")],
    input: endless,
    code: 3,
    says: /standard input: the header is larger than the limit of/,
  },
  {
    name: "a header without end to explain",
    args: ["explain", "--dns", join(directory, "empty.json")],
    input: endless,
    code: 3,
    says: /standard input: the header is larger than the limit of/,
  },
  {
    name: "a header without end for the demo",
    args: [
      "demo",
      file("endless.eml", Buffer.concat([Buffer.from("From: a@b.example\n"), endless])),
    ],
    code: 3,
    says: /endless\.eml: the header is larger than the limit of/,
  },
  {
    name: "an authserv-id that is none",
    args: ["verify", "--json", "--dns", join(directory, "empty.json"), "--authserv-id", "a\nb"],
    input: message,
    code: 2,
    says: /--authserv-id/,
  },
  {
    name: "two From fields",
    args: [...signArgs, "-k", key],
    input: `From: a@example.com\r\n${message}`,
    code: 1,
    says: /From/,
  },
  {
    name: "bare LF, to be rejected",
    args: [...signArgs, "-k", key, "--line-endings", "reject"],
    input: `${message}a\nb`,
    code: 1,
    says: /bare LF/,
  },
  {
    name: "no message for the demo",
    args: ["demo", "/nonexistent"],
    code: 3,
    says: /no such file/,
  },
  {
    name: "a file without From for the demo",
    args: ["demo", file("none.eml", "hello")],
    code: 1,
    says: /From/,
  },
];

describe("one clear line and the right exit code", () => {
  test.each(cases)("$name", ({ args, input, code, says }) => {
    const ended = mailseal(args, input);
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr.trimEnd().split("\n").length).toBe(1);
    expect(ended.stderr).toMatch(/^mailseal: /);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect(ended.code).toBe(code);
    expect(ended.stdout).toBe("");
  });

  test("a signature with 10,000 tags gets a verdict", () => {
    const input = `DKIM-Signature: ${tags}\r\n${message}`;
    const { code, stdout, stderr } = mailseal(
      ["verify", "--json", "--dns", join(directory, "empty.json")],
      input,
    );
    expect([code, stderr]).toEqual([1, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ signatures: [{ result: "permerror" }] });
  });

  test("a reader that closes the pipe early is not a failure", () => {
    const command = `"${process.execPath}" "${join(import.meta.dirname, "run-main.ts")}" sign -d example.com -s s -k "${key}" | head -c 20`;
    const large = Buffer.concat([Buffer.from(message), Buffer.alloc(8 << 20, "x\r\n")]);
    const output = execFileSync("sh", ["-c", command], {
      input: large,
      stdio: ["pipe", "pipe", "pipe"],
    });
    expect(output.toString()).toBe("DKIM-Signature: v=1;");
  });
});

describe("help", () => {
  const commands = [
    [],
    ["keygen"],
    ["sign"],
    ["verify"],
    ["explain"],
    ["record"],
    ["record", "show"],
    ["record", "lint"],
    ["record", "lookup"],
    ["test-key"],
    ["demo"],
  ];
  test.each(commands.map((command) => [command.join(" ") || "mailseal", command] as const))(
    "%s",
    (_, command) => {
      const { code, stdout, stderr } = mailseal([...command, "--help"]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^Usage: mailseal/);
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    },
  );
});

test("binary garbage to verify is a message without signatures", () => {
  const { code, stdout, stderr } = mailseal(
    ["verify", "--json", "--dns", join(directory, "empty.json")],
    garbage,
  );
  expect([code, stderr]).toEqual([1, ""]);
  expect(JSON.parse(stdout)).toMatchObject({ from: [], signatures: [] });
});

test("a demo as JSON", () => {
  const { code, stdout } = mailseal(["demo", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    keys: [
      { type: "rsa", bits: 2048 },
      { type: "ed25519", bits: 256 },
    ],
    zone: [expect.stringMatching(/ IN TXT /), expect.stringMatching(/k=ed25519/)],
    fields: expect.stringMatching(/^DKIM-Signature: /),
    signatures: [{ result: "pass" }, { result: "pass" }],
  });
});

test("a demo ends with two passes", () => {
  const { code, stdout, stderr } = mailseal(["demo"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout.match(/^ {2}pass/gm)?.length).toBe(2);
  expect(stdout).toContain("Verified: example.com signed this message");
});
