import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ImportError } from "../../../src/import/imported-config.ts";
import { importMomentum } from "../../../src/import/momentum/momentum.ts";
import { mailseal } from "../../mailseal.ts";
import { expectEveryLineToCount, imported } from "../every-line.ts";

const directory = temporaryDirectory("file");

function write(name: string, text: string): string {
  const file = join(directory, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** The fate and text of each line, by its number. */
function account(text: string): Readonly<Record<number, string>> {
  const { account: lines } = imported(importMomentum, { "e.conf": text });
  return Object.fromEntries(lines.map(({ line, fate, text: what }) => [line, `${fate} ${what}`]));
}

function config(text: string): unknown {
  return imported(importMomentum, { "e.conf": text }).config;
}

const whole = `opendkim "opendkim1" {
  header_canon = "relaxed"
  digest = rsa-sha256
  headerlist = ( "from" "to"
    "subject*" )
  key = "/conf/dkim/%{d}/%{s}.key"
  selector = "s2048"
  lifetime = 168
  keycache_size = 100
  pos_keycache_ttl = 60
  sign_condition = can_relay
  Signing_Stats = Global
  weird = 1
  dkim_domain "example.com" { selector = "x" body_canon = relaxed }
}
Timeout = 60 # of the MTA
Binding_Group "bulk" {
  OpenDKIM_Sign = true
  Binding "pool-a" {
    Gateway = "smtp.example.net:587"
    Bind_Address = "192.0.2.9"
    Domain "example.org" {
      opendkim_sign = false
    }
    opendkim { selector = "pa" }
  }
}
binding "single" { opendkim_sign = false }
`;

describe("import momentum", () => {
  test("stanzas, bindings and groups become scopes, and case does not matter", () => {
    const { code, stdout, stderr } = mailseal(["import", "momentum", write("e.conf", whole)]);
    expect(code).toBe(1);
    expect(stderr.split("\n").map((line) => line.replace(/^.*e\.conf:/, ""))).toEqual([
      "13: weird: unknown option of the opendkim module: remove it, or set its counterpart",
      "22: domain example.org: it concerns mail to this domain, but scopes depend on the From domain: decide by recipient in the hook beforeSign, or in the next mail server",
      "23: domain example.org: it concerns mail to this domain, but scopes depend on the From domain: decide by recipient in the hook beforeSign, or in the next mail server",
      "24: domain example.org: it concerns mail to this domain, but scopes depend on the From domain: decide by recipient in the hook beforeSign, or in the next mail server",
      "14: /conf/dkim/example.com/x.key cannot be used: there is no such file; config check will fail until it can",
      "",
    ]);
    expect(parse(stdout)).toEqual({
      signing: {
        canonicalization: "relaxed/simple",
        algorithm: "rsa-sha256",
        headers: ["from", "to", "subject*"],
        key: "/conf/dkim/%{d}/%{s}.key",
        selector: "s2048",
        expireAfter: "168h",
        signCondition: ["relayNetwork"],
      },
      keys: { cacheSize: 100, positiveTtl: "60s" },
      statistics: { level: "global" },
      domains: {
        "example.com": { signing: { selector: "x", canonicalization: "simple/relaxed" } },
      },
      bindingGroups: {
        bulk: {
          signing: { sign: true },
          bindings: {
            "pool-a": {
              signing: { selector: "pa" },
              nextHop: { host: "smtp.example.net", port: 587, localAddress: "192.0.2.9" },
            },
          },
        },
      },
      bindings: { single: { signing: { sign: false } } },
    });
  });

  test("the result is a valid config", () => {
    const yaml = write(
      "momentum.yaml",
      mailseal(["import", "momentum", write("e.conf", whole)]).stdout,
    );
    expect(mailseal(["config", "check", "--no-sign", yaml])).toMatchObject({ code: 0, stderr: "" });
  });

  test.each([
    ["192.0.2.9/32", "192.0.2.9", 0],
    ["2001:db8::9/128", "2001:db8::9", 0],
    ["192.0.2.0/28", undefined, 1],
    ["eth0", undefined, 1],
  ])("bind_address %s becomes the local address %s", (address, expected, code) => {
    const conf = `opendkim { selector = "s" key = "/k" }
binding "b" { gateway = "10.0.0.9:2525" bind_address = "${address}" }
`;
    const made = mailseal(["import", "momentum", write("bind.conf", conf), "--json"]);
    const json = JSON.parse(made.stdout) as {
      readonly config: { readonly bindings: { readonly b: { readonly nextHop: object } } };
    };
    expect(json.config.bindings.b.nextHop).toEqual({
      host: "10.0.0.9",
      port: 2525,
      ...(expected === undefined ? {} : { localAddress: expected }),
    });
    expect(made.code).toBe(code);
  });

  test("a second instance of the module does not replace the first one, and is listed", () => {
    const text =
      'opendkim "a" { selector = "one" }\nOpenDKIM "b" {\n  selector = "two"\n}\nopendkim "a" { testing = true }\n';
    expect(config(text)).toMatchObject({ signing: { selector: "one", testing: true } });
    expect(account(text)).toMatchObject({
      1: expect.stringMatching(/^carried/),
      2: expect.stringMatching(/^not-carried opendkim b: another instance/),
      3: expect.stringMatching(/^not-carried opendkim b/),
      4: expect.stringMatching(/^not-carried opendkim b/),
    });
  });

  test.each([
    ["opendkim { signing_stats = ALL }", "carried"],
    ["opendkim { signing_stats = most }", "not-carried"],
    ['binding "b" { opendkim { signing_stats = all } }', "not-carried"],
    ["opendkim { enabled = false }", "carried"],
    ['opendkim { dkim_domain "/^news[.]/" { selector = "x" } }', "not-carried"],
    ['domain "/[.]example$/" { opendkim_sign = false }', "not-carried"],
    ['domain "example.com" { max_outbound_connections = 20 }', "not-needed"],
    ['domain "example.com" { gateway = "x.example" }', "not-carried"],
    ['host "192.0.2.1" { max_outbound_connections = 20 }', "not-carried"],
    ['gateway = "smtp.example.net"', "not-carried"],
    ['bind_address = "192.0.2.1"', "not-carried"],
    ['binding "b" { bind_address = "192.0.2.1" }', "not-carried"],
    ['binding "b" { gateway = "smtp.example.net" }', "carried"],
    ['binding "b" { gateway = ( "a.example" "b.example" ) }', "not-carried"],
    ["opendkim_sign = maybe", "not-carried"],
    ['readonly_include "more.conf"', "not-carried"],
    ['dkim_sign "d" { selector = "x" }', "not-carried"],
    ['scriptlet "s" { script "opendkim_sign" { source = "x" } }', "not-carried"],
    ['esmtp_listener { listen ":25" { } }', "not-needed"],
  ])("%s is %s", (text, fate) => {
    expect(account(text)[1]).toMatch(new RegExp(`^${fate} `));
    const { code } = mailseal(["import", "momentum", write("one.conf", text)]);
    expect(code).toBe(fate === "not-carried" ? 1 : 0);
  });

  test("the account contains every line once, and every removed or changed line changes it (property)", () => {
    expectEveryLineToCount(
      importMomentum,
      { "e.conf": whole },
      (line) => line.replace(/#.*/, "").trim() !== "",
    );
  });

  test("any text is read or refused (property)", () => {
    const piece = fc.constantFrom(
      ..."{ } = ( ) opendkim domain binding binding_group dkim_domain gateway key \n #".split(" "),
      '"',
      "\n",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 }))), (pieces) => {
        const text = pieces.join(" ");
        try {
          expect(imported(importMomentum, { "e.conf": text })).toHaveProperty("account");
        } catch (error) {
          expect(error).toBeInstanceOf(ImportError);
        }
      }),
    );
  });

  test("a missing file, and one that is not a Momentum config, end with exit code 3 and one line", () => {
    for (const file of ["/does/not/exist", write("bad.conf", 'a = "x\n')]) {
      const { code, stdout, stderr } = mailseal(["import", "momentum", file]);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toMatch(
        /there is no such file|bad\.conf:1: expected " at the end of the text/,
      );
      expect(stderr.split("\n")).toHaveLength(2);
    }
  });
});
