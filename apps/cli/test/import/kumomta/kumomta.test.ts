import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory } from "@mailseal/testkit/files";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ImportError } from "../../../src/import/imported-config.ts";
import { importKumomta } from "../../../src/import/kumomta/kumomta.ts";
import { mailseal } from "../../mailseal.ts";
import { expectEveryLineToCount, imported } from "../every-line.ts";

const directory = temporaryDirectory("file");
const fixture = readFileSync(
  new URL("../fixtures/kumomta/dkim_data.toml", import.meta.url),
  "utf8",
);
const whole = fixture.replaceAll("KEYS", directory);

function write(name: string, text: string): string {
  const file = join(directory, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

write("example.com.key", generateKey({ type: "rsa", bits: 1024 }).toPem());
write("myesp.key", generateKey({ type: "rsa", bits: 2048 }).toPem());
write("spare.key", generateKey({ type: "ed25519" }).toPem());

const oversigned = ["cc", "date", "from", "reply-to", "subject", "to"];

describe("import kumomta", () => {
  test("base, domains and additional signatures become scopes", () => {
    const { code, stdout, stderr } = mailseal([
      "import",
      "kumomta",
      write("dkim_data.toml", whole),
    ]);
    expect({ code, stderr: stderr.replace(/^.*toml:/, "") }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /^17: \S+ has 1024 bits, so minimumRsaBits is set to 1024; .*\n$/,
      ),
    });
    const esp = { domain: "myesp.com", key: join(directory, "myesp.key") };
    expect(parse(stdout)).toEqual({
      signing: {
        canonicalization: "relaxed/relaxed",
        key: "/opt/kumomta/etc/dkim/%{d}/%{s}.key",
        selector: "dkim1024",
        expireAfter: "604800s",
        headers: [],
        oversign: oversigned,
        signatures: [
          esp,
          {
            domain: "spare.example",
            selector: "s",
            algorithm: "ed25519-sha256",
            key: join(directory, "spare.key"),
          },
        ],
      },
      domains: {
        "example.com": {
          signing: {
            sign: true,
            signatures: [
              {
                selector: "dkim1024",
                algorithm: "rsa-sha256",
                key: join(directory, "example.com.key"),
                headers: [],
                oversign: ["date", "from", "sender", "subject", "to"],
                minimumRsaBits: 1024,
              },
              esp,
            ],
          },
        },
        "*.example.net": {
          signing: {
            sign: true,
            signatures: [{ selector: "wild", canonicalization: "relaxed/simple" }, esp],
          },
        },
      },
    });
  });

  test("the result is a valid config, and signs", () => {
    const { stdout } = mailseal(["import", "kumomta", write("dkim_data.toml", whole)]);
    const check = mailseal(["config", "check", write("kumomta.yaml", stdout), "--json"]);
    expect(JSON.parse(check.stdout)).toMatchObject({
      signatures: [
        {
          domain: "example.com",
          signatures: ["dkim1024._domainkey.example.com", "dkim1024._domainkey.myesp.com"],
        },
      ],
    });
  });

  test("without additional signatures, only mail of the domains is signed, and absent fields too", () => {
    const text = '[base]\nheaders = ["From", "To"]\n[domain."example.com"]\nselector = "a"\n';
    expect(imported(importKumomta, { f: text }).config).toMatchObject({
      signing: { sign: false, headers: ["from", "to"] },
      domains: { "example.com": { signing: { sign: true, selector: "a" } } },
    });
  });

  test.each([
    ['[base]\nvault_mount = "secret"', 2, "not-carried"],
    ['[base]\nvault_path_prefix = "dkim"', 2, "not-carried"],
    ['[base]\nadditional_signatures = ["gone"]', 2, "not-carried"],
    ['[base]\ncolour = "red"', 2, "not-carried"],
    ['[base]\nheader_canonicalization = "Strict"', 2, "not-carried"],
    ['[domain."a b"]\nselector = "x"', 2, "not-carried"],
    ['[signature."x"]\ndomain = "a.example"', 2, "not-needed"],
    ["top = 1", 1, "not-carried"],
    ["[other]\nx = 1", 1, "not-carried"],
    ['base.selector = "x"', 1, "carried"],
    ['domain."example.com" = { selector = "x" }', 1, "carried"],
  ])("%j: line %i is %s", (text, line, fate) => {
    const { account } = imported(importKumomta, { f: text });
    expect(account.find((each) => each.line === line)).toMatchObject({ fate });
  });

  test("the account contains every line once, and every removed or changed line changes it (property)", () => {
    expectEveryLineToCount(
      importKumomta,
      { f: fixture },
      (line) => line.replace(/#.*/, "").trim() !== "",
    );
  });

  test("any text is read or refused (property)", () => {
    const piece = fc.constantFrom(
      ...'[base] [domain."a.b"] = " \' [ ] { } # selector headers 1'.split(" "),
      "\n",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 }))), (pieces) => {
        try {
          expect(imported(importKumomta, { f: pieces.join(" ") })).toHaveProperty("account");
        } catch (error) {
          expect(error).toBeInstanceOf(ImportError);
        }
      }),
    );
  });

  test("text that is not TOML ends with exit code 3 and its line", () => {
    const file = write("bad.toml", "[base]\nselector = \n");
    const { code, stdout, stderr } = mailseal(["import", "kumomta", file]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/bad\.toml:2: not valid TOML: /);
  });
});
