import { execFileSync, spawnSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openQueue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { mailseal, program } from "./mailseal.ts";

const directory = temporaryDirectory("file");
const message = "From: ada@example.com\r\n\r\nAt nine.\r\n";
const key = join(directory, "example.com", "s.key");
mailseal(["keygen", "-d", "example.com", "-s", "s", "-t", "ed25519", "-o", directory]);
const loop = join(directory, "loop");
symlinkSync(loop, loop);
const emptyQueue = join(directory, "queue.db");
await (await openQueue({ file: emptyQueue })).close();

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const ecKey = execFileSync("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout"]);
const garbage = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256));
/** A header that is longer than the limit. */
const endless = Buffer.alloc((16 << 20) + 1, "x");
const signArgs = ["sign", "-d", "example.com", "-s", "s"];

interface BadInput {
  readonly name: string;
  readonly args: readonly string[];
  readonly input?: string | Uint8Array;
  readonly code: number;
  readonly says: RegExp;
}

const cases: readonly BadInput[] = [
  ...["opendkim", "momentum", "rspamd", "kumomta"].map((source) => ({
    name: `a file to import from ${source} that does not exist`,
    args: ["import", source, "/nonexistent"],
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
    name: "a queue in a folder that cannot be created",
    args: [
      "queue",
      "list",
      "-c",
      file("nowhere.yaml", "queue: { file: /nonexistent/folder/queue.db }\n"),
    ],
    code: 3,
    says: /^mailseal: .*\/nonexistent\/folder/m,
  },
  {
    name: "a queue behind a circle of symbolic links",
    args: ["queue", "list", "--file", loop],
    code: 3,
    says: /^mailseal: cannot read .*loop: its symbolic links go in circles$/m,
  },
  {
    name: "a key directory of a rotation behind a circle of symbolic links",
    args: ["rotate", "start", "-d", "a.test", "--keys", loop],
    code: 3,
    says: /^mailseal: cannot read .*loop: its symbolic links go in circles$/m,
  },
  {
    name: "a file to recover that is not a queue",
    args: ["queue", "recover", "--file", key, join(directory, "recovered.db")],
    code: 3,
    says: /no data of a queue was found in .*\. Is it the right file\?$/m,
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
  {
    name: "an unknown command",
    args: ["sing"],
    code: 2,
    says: /^mailseal: unknown command 'sing' \(Did you mean sign\?\); see --help$/m,
  },
  ...[
    ["help", "sing"],
    ["help", "sing", "x"],
    ["sing", "--help"],
    ["sing", "-h"],
  ].map((args) => ({
    name: `the help of an unknown command: ${args.join(" ")}`,
    args,
    code: 2,
    says: /^mailseal: unknown command 'sing' \(Did you mean sign\?\); see --help$/m,
  })),
  {
    name: "the help of an unknown command that resembles none",
    args: ["help", "foo"],
    code: 2,
    says: /^mailseal: unknown command 'foo'; see --help$/m,
  },
  ...[
    ["help", "record", "lnit"],
    ["record", "help", "lnit"],
    ["record", "lnit", "--help"],
  ].map((args) => ({
    name: `the help of an unknown subcommand: ${args.join(" ")}`,
    args,
    code: 2,
    says: /^mailseal: unknown command 'lnit' \(Did you mean lint\?\); see --help$/m,
  })),
  {
    name: "the help of a subcommand of a command that has none",
    args: ["help", "verify", "fast"],
    code: 2,
    says: /^mailseal: verify has no command 'fast'; see --help$/m,
  },
  {
    name: "a message that is not in the queue",
    args: ["queue", "show", "12345678", "--file", emptyQueue],
    code: 1,
    says: /^mailseal: the queue has no message "12345678"; list the ids with mailseal queue list$/m,
  },
  {
    name: "a number beyond the limit",
    args: ["verify", "--min-rsa-bits", "10000000"],
    code: 2,
    says: /expected a whole number of at most 999999/,
  },
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

describe("an error is one clear line with its exit code", () => {
  test.each(cases)("$name", ({ args, input, code, says }) => {
    const ended = mailseal(args, input);
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr.trimEnd().split("\n").length).toBe(1);
    expect(ended.stderr).toMatch(/^mailseal: /);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect(ended.code).toBe(code);
    expect(ended.stdout).toBe("");
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
    "the help of %s fits 100 columns",
    (_, command) => {
      const { code, stdout, stderr } = mailseal([...command, "--help"]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^Usage: mailseal/);
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    },
  );
});

/** The help of a command up to its examples, on a terminal of that width. */
function helpAt(columns: number, command: string): string {
  const terminal = `data:text/javascript,process.stdout.isTTY=true;process.stdout.columns=${columns};process.stdout.getColorDepth=()=>1`;
  const args = [program, ...command.split(" ").filter((name) => name !== ""), "--help"];
  const { stdout } = spawnSync(process.execPath, ["--import", terminal, ...args], {
    env: { PATH: process.env["PATH"] },
  });
  const [text = ""] = stdout.toString().split(/^(?=Examples?:|Example:)/m);
  return text;
}

describe("help on a narrow terminal", () => {
  const helps = ["", "sign", "keygen", "queue", "queue list", "rotate start", "import opendkim"];

  test.each(helps)("the lines of mailseal %s fit 60 columns, except the examples", (command) => {
    const text = helpAt(60, command);
    expect(text).toMatch(/^Usage: mailseal/);
    expect(text.split("\n").filter((line) => line.length > 60)).toEqual([]);
  });

  test.each(["verify", "demo", "rotate start", "rotate abort", "stats"])(
    "the lines of mailseal %s fit 40 columns, except the synopsis and the examples",
    (command) => {
      const [, ...lines] = helpAt(40, command).split("\n");
      expect(lines.filter((line) => line.length > 40)).toEqual([]);
      expect(lines).toContain("Exit codes:");
      expect(lines).toContain("  2   the command line is wrong");
    },
  );
});

test("help SUBCOMMAND prints the help of the subcommand", () => {
  expect(mailseal(["help", "record", "lint"])).toEqual(mailseal(["record", "lint", "--help"]));
  expect(mailseal(["help"])).toEqual(mailseal(["--help"]));
});
