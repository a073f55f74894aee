import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory } from "@mailseal/testkit/files";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ImportError } from "../../../src/import/imported-config.ts";
import { importRspamd } from "../../../src/import/rspamd/rspamd.ts";
import { mailseal } from "../../mailseal.ts";
import { expectEveryLineToCount, imported } from "../every-line.ts";

const directory = temporaryDirectory("file");
const fixtures = fileURLToPath(new URL("../fixtures/rspamd", import.meta.url));

function write(name: string, text: string): string {
  const file = join(directory, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

for (const name of readdirSync(fixtures, { recursive: true, encoding: "utf8" })) {
  const file = join(fixtures, name);
  if (statSync(file).isDirectory()) continue;
  const text = readFileSync(file, "utf8")
    .replaceAll("KEYS", directory)
    .replaceAll("DIR", directory);
  write(name, text);
}
const rsa = generateKey({ type: "rsa", bits: 2048 }).toPem();
for (const name of ["example", "rsa", "example.net.dkim2", "org"]) write(`${name}.key`, rsa);
write("ed.key", generateKey({ type: "ed25519" }).toPem());

function account(text: string): Readonly<Record<number, string>> {
  const { account: lines } = imported(importRspamd, { "/r/dkim_signing.conf": text });
  return Object.fromEntries(lines.map(({ line, fate }) => [line, fate]));
}

function config(text: string): Record<string, unknown> {
  return imported(importRspamd, { "/r/dkim_signing.conf": text }).config as Record<string, unknown>;
}

describe("import rspamd", () => {
  test("a directory is read with local.d, override.d, maps and local_addrs", () => {
    const { code, stdout, stderr } = mailseal(["import", "rspamd", directory]);
    expect(code).toBe(1);
    expect(stderr.split("\n").map((line) => line.replace(/^.*\/local\.d\//, ""))).toEqual([
      "arc.conf:1: sign_local: ARC is not supported: leave it to rspamd or to the mail server",
      "arc.conf:2: use_redis: ARC is not supported: leave it to rspamd or to the mail server",
      "",
    ]);
    const scopes = (domain: string, signing: object) => ({
      [domain]: { signing: { sign: true, ...signing } },
      [`*.${domain}`]: { signing: { sign: true, ...signing, domain } },
    });
    const key = (name: string): string => join(directory, name);
    expect(parse(stdout)).toEqual({
      signing: {
        canonicalization: "relaxed/relaxed",
        onMissingKey: "deliver",
        selector: "dkim",
        key: key("%{d}.%{s}.key"),
        headers: ["from+", "subject+", "to+"],
        oversign: ["from"],
        sign: false,
      },
      domains: {
        ...scopes("example.com", { selector: "ds", key: key("example.key") }),
        ...scopes("alpha.example", {
          signatures: [
            { selector: "rsa", key: key("rsa.key") },
            { selector: "eddsa", key: key("ed.key") },
          ],
        }),
        ...scopes("example.net", { selector: "dkim2", key: key("example.net.%{s}.key") }),
        ...scopes("example.org", { key: key("org.key") }),
      },
      listeners: [
        {
          protocol: "milter",
          listen: "127.0.0.1:11332",
          direction: "auto",
          relayNetworks: ["192.0.2.0/24", "198.51.100.7"],
        },
      ],
    });
    const check = mailseal(["config", "check", write("rspamd.yaml", stdout)]);
    expect(check).toMatchObject({ code: 0 });
  });

  test("the defaults of rspamd are carried over, with a warning for each check that only rspamd makes", () => {
    const { config: made, warnings } = imported(importRspamd, {
      "/r/dkim_signing.conf": 'selector = "x";\n',
    });
    expect(made).toMatchObject({
      signing: {
        selector: "x",
        key: "/var/lib/rspamd/dkim/%{d}.%{s}.key",
        onMissingKey: "deliver",
      },
      listeners: [
        { direction: "auto", relayNetworks: expect.arrayContaining(["10.0.0.0/8", "127.0.0.0/8"]) },
      ],
    });
    expect(warnings.map(({ text }) => text.split(/ (?:is|by) /)[0])).toEqual([
      "sign_headers",
      "use_esld",
      "allow_username_mismatch",
      "allow_hdrfrom_mismatch",
    ]);
    expect((made as { listeners: unknown[] }).listeners[0]).toMatchObject({
      auth: { senders: { patterns: ["@%d"], mismatch: "unsigned", unlisted: "mismatch" } },
    });
  });

  test("signing_table and key_table sign with the first row that matches", () => {
    const text = `signing_table = [
  "*@example.com first",
  "*@* %",
];
key_table = [
  "first example.com:mail:/k/first",
  "example.net %:net:/k/net",
];
`;
    expect(config(text)["signing"]).toMatchObject({
      table: {
        rows: [
          { from: "*@example.com", domain: "example.com", selector: "mail", key: "/k/first" },
          { from: "*@example.net", selector: "net", key: "/k/net" },
        ],
      },
    });
    expect(Object.values(account(text))).toEqual(Array.from({ length: 8 }, () => "carried"));
  });

  test.each([
    ["use_redis = true;", "not-carried"],
    ["use_redis = false;", "not-needed"],
    ['key_prefix = "dkim_keys";', "not-needed"],
    ['use_redis = true; key_prefix = "dkim_keys";', "not-carried"],
    ["use_vault = true;", "not-carried"],
    ['use_domain = "envelope";', "not-carried"],
    ['use_domain = "esp.example";', "carried"],
    ["use_esld = true;", "not-carried"],
    ["use_esld = true; try_fallback = false;", "carried"],
    ["use_esld = false;", "carried"],
    ["sign_authenticated = false;", "carried"],
    ["allow_username_mismatch = true;", "not-needed"],
    ["allow_username_mismatch = false;", "carried"],
    ['sign_headers = "from:(x)date";', "not-carried"],
    ['selector_map = "https://maps.example/s";', "not-carried"],
    ['selector_map = "/does/not/exist";', "not-carried"],
    ['sign_networks = ["host.example"];', "not-carried"],
    ["check_pubkey = true; allow_pubkey_mismatch = false;", "carried"],
    ["colour = red;", "not-carried"],
    ['.include "/more.conf"', "not-carried"],
    ["domain { example.com { colour = 1; } }", "not-carried"],
  ])("%s is %s", (text, fate) => {
    expect(account(text)).toEqual({ 1: fate });
  });

  test("of a whole config, only dkim_signing is converted; arc is listed, and other modules are not needed", () => {
    const text = "dkim_signing {\n  selector = x;\n}\narc { selector = y; }\ngreylist { a = b; }\n";
    expect(config(text)).toMatchObject({ signing: { selector: "x" } });
    expect(account(text)).toEqual({
      1: "carried",
      2: "carried",
      3: "carried",
      4: "not-carried",
      5: "not-needed",
    });
  });

  test("enabled = false signs nothing, and sign_authenticated = false only for networks", () => {
    expect(config("enabled = false;")).toMatchObject({ signing: { sign: false } });
    expect(config("sign_authenticated = no;")).toMatchObject({
      signing: { signCondition: ["relayNetwork"] },
    });
  });

  test("the account contains every line once, and every removed or changed line changes it (property)", () => {
    const read = (name: string): string =>
      readFileSync(join(fixtures, name), "utf8").replaceAll("DIR", "/r");
    const files = {
      "/r/local.d/dkim_signing.conf": read("local.d/dkim_signing.conf"),
      "/r/override.d/dkim_signing.conf": read("override.d/dkim_signing.conf"),
      "/r/selectors.map": read("selectors.map"),
      "/r/paths.map": read("paths.map"),
    };
    expectEveryLineToCount(
      importRspamd,
      files,
      (line) => !/^\s*(?:#.*|\/\*.*|of their own \*\/)?$/.test(line),
    );
  });

  test("any text is read or refused (property)", () => {
    const piece = fc.constantFrom(
      ..."{ } [ ] = : ; , domain selectors selector path # /* */ << EOD $ ${X} .include".split(" "),
      '"',
      "'",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 }))), (pieces) => {
        try {
          const text = pieces.join(" ");
          expect(imported(importRspamd, { "/r/d.conf": text })).toHaveProperty("account");
        } catch (error) {
          expect(error).toBeInstanceOf(ImportError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("text that is not UCL, and a directory without dkim_signing.conf, end with exit code 3 and one line", () => {
    for (const file of [write("bad.conf", "a {\n"), join(directory, "local.d", "..", "local.d")]) {
      const { code, stdout, stderr } = mailseal(["import", "rspamd", file]);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toMatch(
        /bad\.conf:2: expected }, got the end|no local\.d\/dkim_signing\.conf in this directory/,
      );
    }
  });
});
