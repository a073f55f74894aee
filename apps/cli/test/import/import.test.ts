import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { mailseal, temporaryDirectory } from "../mailseal.ts";

const directory = temporaryDirectory();

function write(name: string, text: string): string {
  const file = join(directory, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe("import opendkim", () => {
  const keyTable = write(
    "KeyTable",
    "# keys\nk1 example.com:mail2026:/etc/dkim/example.com.key\nk2 %:sel:/etc/dkim/%.key\nk3 example.org:s3:MIIEabc\nbad example.com:x\n",
  );
  const signingTable = write(
    "SigningTable",
    "*@example.com k1\n*@*.example.net k2\nexample.org k3\nexample.org k1\njoe@example.com k1\n*@x.com nokey\n",
  );
  const hosts = write("TrustedHosts", "127.0.0.1\nlocalhost\n10.0.0.0/8\nmail.example.com\n");
  const settings = [
    "Syslog yes",
    "UMask 007",
    "Mode sv",
    "Canonicalization relaxed/simple",
    "Socket inet:8891@localhost",
    `KeyTable ${keyTable}`,
    `SigningTable refile:${signingTable}`,
    `InternalHosts ${hosts}`,
    "OversignHeaders From,Subject",
    "On-BadSignature discard",
    "On-NoSignature accept",
    "SignatureTTL 604800",
    "MinimumKeyBits 1024",
    "AuthservID mx.example.com",
    "LDAPUseTLS yes",
  ];
  const conf = write("opendkim.conf", `${settings.join("\n")}\n`);

  test("tables, hosts and settings become scopes, a listener and options", () => {
    const { code, stdout } = mailseal(["import", "opendkim", conf]);
    expect(code).toBe(1);
    expect(parse(stdout)).toEqual({
      authservId: "mx.example.com",
      signing: {
        canonicalization: "relaxed/simple",
        oversign: ["From", "Subject"],
        expireAfter: "604800s",
        sign: false,
      },
      verification: { minimumRsaBits: 1024, actions: { none: "header" } },
      domains: {
        "example.com": {
          signing: { sign: true, selector: "mail2026", key: "/etc/dkim/example.com.key" },
        },
        "*.example.net": { signing: { sign: true, selector: "sel", key: "/etc/dkim/%{d}.key" } },
        "example.org": { signing: { sign: true, selector: "s3", keyText: "MIIEabc" } },
      },
      listeners: [
        {
          protocol: "milter",
          listen: "localhost:8891",
          direction: "auto",
          relayNetworks: ["127.0.0.1", "127.0.0.0/8", "::1", "10.0.0.0/8"],
          socketMode: "0660",
        },
      ],
    });
  });

  test("what could not be carried over is told, in the file and on standard error", () => {
    const { stdout, stderr } = mailseal(["import", "opendkim", conf]);
    const lost = [
      `${conf}:10: On-BadSignature: discard has no counterpart`,
      `${conf}:15: LDAPUseTLS has no counterpart`,
      `${keyTable}:5: KeyTable: expected domain:selector:key, got something else for bad`,
      `${signingTable}:5: SigningTable: joe@example.com cannot be said by domain; use the hook beforeSign`,
      `${signingTable}:6: SigningTable: there is no key nokey in KeyTable`,
      `${conf}:7: SigningTable: only the first key of example.org is used (MultipleSignatures is off)`,
      `${hosts}:4: InternalHosts: mail.example.com is no address or network`,
    ];
    expect(stderr).toBe(lost.map((line) => `mailseal: not carried over: ${line}\n`).join(""));
    for (const line of lost) {
      expect(stdout).toContain(`# not carried over: ${line}\n`);
    }
  });

  test("MultipleSignatures makes several signatures of a domain", () => {
    const several = write(
      "several.conf",
      `${settings.slice(5, 7).join("\n")}\nMultipleSignatures yes\n`,
    );
    const { stdout } = mailseal(["import", "opendkim", several]);
    const { domains } = parse(stdout) as { domains: Record<string, { signing: object }> };
    expect(domains["example.org"]?.signing).toEqual({
      sign: true,
      signatures: [
        { selector: "s3", keyText: "MIIEabc" },
        { domain: "example.com", selector: "mail2026", key: "/etc/dkim/example.com.key" },
      ],
    });
  });

  test("Domain, Selector and KeyFile; subdomains sign as their parent", () => {
    const simple = write(
      "simple.conf",
      "Domain example.com, example.net\nSelector mail\nKeyFile /etc/mail.key\nSubDomains yes\nMode s\nSocket local:/run/opendkim.sock\n",
    );
    const { code, stdout, stderr } = mailseal(["import", "opendkim", simple]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const signing = { sign: true, selector: "mail", key: "/etc/mail.key" };
    expect(parse(stdout)).toEqual({
      signing: { canonicalization: "simple/simple", sign: false },
      domains: {
        "example.com": { signing },
        "*.example.com": { signing: { ...signing, domain: "example.com" } },
        "example.net": { signing },
        "*.example.net": { signing: { ...signing, domain: "example.net" } },
      },
      listeners: [{ protocol: "milter", listen: "unix:/run/opendkim.sock", direction: "outbound" }],
    });
  });
});

describe("import momentum", () => {
  const conf = write(
    "momentum.conf",
    `opendkim "opendkim1" {
  header_canon = "relaxed"
  digest = rsa-sha256
  headerlist = ( "from" "to" "subject*" )
  key = "/conf/dkim/%{d}/%{s}.key"
  selector = "s2048"
  lifetime = 168
  keycache_size = 100
  pos_keycache_ttl = 60
  sign_condition = can_relay
  signing_stats = global
  weird = 1
  dkim_domain "example.com" { selector = "x" body_canon = relaxed }
}
Timeout = 60
binding_group "bulk" {
  opendkim_sign = true
  binding "pool-a" {
    domain "example.org" { opendkim_sign = false }
    opendkim { selector = "pa" }
  }
}
binding "single" { opendkim_sign = false }
`,
  );

  test("the stanza, domains, bindings and groups", () => {
    const { code, stdout, stderr } = mailseal(["import", "momentum", conf]);
    expect(code).toBe(1);
    expect(stderr).toBe(`mailseal: not carried over: ${conf}:12: weird = 1: has no counterpart\n`);
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
              domains: { "example.org": { signing: { sign: false } } },
            },
          },
        },
      },
      bindings: { single: { signing: { sign: false } } },
    });
  });

  test("what it writes is a config that can be used", () => {
    const yaml = write("momentum.yaml", mailseal(["import", "momentum", conf]).stdout);
    expect(mailseal(["config", "check", "--no-sign", yaml])).toMatchObject({ code: 0, stderr: "" });
  });
});

test.each([
  ["opendkim", "/does/not/exist", /ENOENT/],
  ["momentum", "/does/not/exist", /ENOENT/],
])("import %s %s", (program, file, reason) => {
  const { code, stdout, stderr } = mailseal(["import", program, file]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(reason);
  expect(stderr.split("\n")).toHaveLength(2);
});
