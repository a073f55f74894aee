import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { startDnsServer } from "@mailseal/testkit/dns-server";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { afterAll, describe, expect, test } from "vitest";
import { mailseal, mailsealAsync } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const keys = join(directory, "keys");
const state = join(directory, "rotation.db");
const domain = "example.com";
/** The user who runs the test stands in for the user of the relay. */
const asUs = ["--relay-user", String(process.getuid?.())] as const;
const start = ["rotate", "start", "-d", domain, "--keys", keys, "--state", state, ...asUs] as const;

interface Listed {
  readonly stage: string;
  readonly advice?: string;
  readonly next: string | null;
  readonly incoming: readonly { readonly selector: string; readonly record: string }[];
  readonly outgoing: readonly { readonly selector: string }[];
}

function listed(): readonly Listed[] {
  const { stdout } = mailseal(["rotate", "status", "--state", state, "--all", "--json"]);
  return JSON.parse(stdout) as readonly Listed[];
}

test("a dry run prints the plan and changes nothing", () => {
  const ended = mailseal([...start, "-t", "rsa", "-t", "ed25519", "--dry-run"]);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout).toMatch(
    /would create r\d{8} \(rsa\) in .*\n {2}would create e\d{8} \(ed25519\)/,
  );
  expect([existsSync(state), existsSync(keys)]).toEqual([false, false]);
});

test(
  "a rotation by hand prints the records, checks DNS, changes the table, and can be aborted",
  { timeout: 120_000 },
  async () => {
    const server = await startDnsServer({});
    afterAll(() => server.close());
    const database = join(directory, "keys.db");
    mailseal(["keygen", "-d", domain, "-s", "old", "-t", "ed25519", "-o", keys]);
    const oldKey = join(keys, domain, "old.key");
    mailseal(["domains", "add", domain, "old", oldKey, "--database", database, ...asUs]);
    const zoneFile = join(directory, "new.zone");

    const options = ["-t", "ed25519", "--database", database, "--zone-file", zoneFile];
    const started = await mailsealAsync([...start, ...options, "--resolver", server.address]);
    expect(started).toMatchObject({ code: 0, stderr: "" });
    const [waits] = listed();
    const { selector = "", record = "" } = waits?.incoming[0] ?? {};
    expect(waits).toMatchObject({
      stage: "confirm",
      next: expect.stringContaining("ask every resolver") as string,
    });
    expect(started.stdout).toContain(`${selector}._domainkey.${domain}. 3600 IN TXT "${record}"`);
    expect(readFileSync(zoneFile, "utf8")).toContain(record);
    const status = mailseal(["rotate", "status", "--state", state]).stdout;
    expect(status).toMatch(
      /^DOMAIN +SELECTORS +STAGE +SINCE +NEXT\nexample\.com +- -> e\d{8} +confirm /,
    );
    expect(mailseal([...start, ...options])).toMatchObject({ code: 1, stdout: "" });

    const again = await mailsealAsync(["rotate", "run", "--state", state]);
    expect(again).toMatchObject({ code: 0, stdout: "No step is due.\n" });
    const run = ["rotate", "run", "--state", state, "--now"];
    server.script(`${selector}._domainkey.${domain}`, { txt: [record] });
    const advanced = await mailsealAsync(run);
    expect(advanced).toMatchObject({ code: 0, stderr: "" });
    expect(advanced.stdout).toContain(`signs with ${selector} instead of old`);
    expect(mailseal(["domains", "list", "--database", database]).stdout).toContain(
      `\t${selector}\t`,
    );
    expect(listed()).toMatchObject([{ stage: "overlap", outgoing: [{ selector: "old" }] }]);
    const second = mailseal([...start, "-t", "ed25519"]);
    expect(second).toMatchObject({ code: 1, stdout: "" });
    expect(second.stderr).toMatch(/number 1 is in stage overlap; .*--parallel\n$/);
    const elsewhere = mailseal([...start, "-t", "ed25519", "--parallel"]);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toContain(`--database ${database}`);
    const before = listed();
    const dry = mailseal(["rotate", "run", "--state", state, "--dry-run"]);
    expect(dry.stdout).toContain("next: publish old as revoked (p= empty)");
    expect(listed()).toEqual(before);

    const old = mailseal([
      "record",
      "show",
      "-d",
      domain,
      "-s",
      "old",
      "-k",
      join(keys, domain, "old.key"),
      "--json",
    ]);
    const { record: oldRecord } = JSON.parse(old.stdout) as { readonly record: string };
    server.script(`old._domainkey.${domain}`, { txt: [oldRecord] });
    const aborted = await mailsealAsync(["rotate", "abort", "-d", "Example.COM", "--state", state]);
    expect(aborted.stdout).toContain(`signs with old instead of ${selector}`);
    expect(mailseal(["domains", "list", "--database", database]).stdout).toContain("\told\t");
    const history = mailseal(["rotate", "history", "--state", state]).stdout;
    expect(history.split("\n").length).toBeGreaterThan(8);
    expect(history).not.toContain("PRIVATE KEY");
  },
);

test("a domain whose table cannot be used does not stop the others", async () => {
  const own = join(directory, "two.db");
  const table = join(directory, "two-keys.db");
  const begin = ["rotate", "start", "--keys", keys, "--state", own, "-t", "ed25519"];
  const nobody = ["--resolver", "127.0.0.1:1"];
  await mailsealAsync([...begin, "-d", "a.example", "--database", table, ...nobody]);
  await mailsealAsync([...begin, "-d", "b.example", ...nobody]);
  writeFileSync(table, "not a database ".repeat(100));
  const ended = await mailsealAsync(["rotate", "run", "--now", "--state", own]);
  expect(ended.code).toBe(3);
  expect(ended.stderr).toMatch(/^mailseal: a\.example: cannot use the key database/);
  expect(ended.stdout).toMatch(/^b\.example confirm\n/);
});

describe("errors", () => {
  const none = join(directory, "none.db");
  const text = join(directory, "text");
  writeFileSync(text, "not a database ".repeat(100));
  const begin = ["start", "-d", domain, "--keys", keys, "--state", none];
  test.for([
    [["status", "--state", none], 3, /there is no rotation state at .*none\.db/],
    [["status", "--state", text], 3, /cannot use the rotation journal/],
    [[...begin, "-t", "dsa"], 2, /--type: "dsa" is unknown; expected rsa or ed25519/],
    [[...begin, "-t", "ed25519", "--bits", "2048"], 2, /--bits cannot be used with Ed25519/],
    [[...begin, "--publish", "update"], 2, /--server and --tsig/],
    [[...begin, "--publish", "command"], 2, /--publish-command/],
    [[...begin, "--publish", "command", "--publish-command", "[1]"], 2, /JSON array/],
    [
      [...begin, "--database", "a", "--activate-command", "b"],
      2,
      /--database and --activate-command exclude each other; give only one/,
    ],
    [[...begin, "--resolver", "nowhere", "--dry-run"], 2, /IP address of a DNS server/],
    [["start", "-d", "..", "--keys", keys, "--state", none, "--dry-run"], 2, /domain name/],
    [["abort", "-d", "example.net", "--state", state], 1, /there is no rotation of example\.net/],
  ] as const)("%j ends with exit code %i", ([args, code, message]) => {
    const ended = mailseal(["rotate", ...args]);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(existsSync(none)).toBe(false);
  });
});

describe("a key that the user of the relay cannot read", () => {
  const unreadable = (name: string, ...more: readonly string[]): readonly string[] => [
    ..."rotate start -t ed25519 --resolver 127.0.0.1:1 --relay-user 12345 -d".split(" "),
    domain,
    "--keys",
    join(directory, name),
    "--state",
    join(directory, `${name}.db`),
    "--database",
    join(directory, `${name}-keys.db`),
    ...more,
  ];

  test("is neither published nor used: the first step fails with a remedy", async () => {
    const ended = await mailsealAsync(unreadable("mine"));
    expect(ended.code).toBe(75);
    expect(ended.stdout.replaceAll(/\s+/g, " ")).toMatch(
      /failed: the signer cannot use e\d{8}: user 12345 cannot (?:enter|read) .*; ch/,
    );
    expect(ended.stdout).not.toContain("signs with");
    expect(ended.stdout).not.toContain("p=");
  });

  test("or that everybody could replace is neither published nor used", async () => {
    const folder = join(directory, "open");
    mkdirSync(join(folder, domain), { recursive: true });
    chmodSync(join(folder, domain), 0o777);
    const ended = await mailsealAsync(unreadable("open", ...asUs));
    expect(ended.code).toBe(75);
    expect(ended.stdout.replaceAll(/\s+/g, " ")).toMatch(
      /failed: the signer cannot use e\d{8}: .*its directory is writable by all \(mode 0777\)/,
    );
    expect(ended.stdout).not.toContain("p=");
  });

  test.runIf(process.getuid?.() === 0)("becomes its own with --chown", async () => {
    chmodSync(directory, 0o755);
    const ended = await mailsealAsync(unreadable("given", "--chown"));
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain("example.com confirm");
    const folder = join(directory, "given", domain);
    const made = readdirSync(folder).find((name) => name.endsWith(".key"));
    expect(statSync(join(folder, made ?? ""))).toMatchObject({ uid: 12345, gid: 12345 });
    expect(statSync(folder)).toMatchObject({ uid: 12345 });
  });
});
