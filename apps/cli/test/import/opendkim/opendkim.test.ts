import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { importOpendkim } from "../../../src/import/opendkim/opendkim.ts";
import { mailseal } from "../../mailseal.ts";
import { expectEveryLineToCount, imported } from "../every-line.ts";

const directory = temporaryDirectory("file");
const fixtures = new URL("../fixtures/opendkim/", import.meta.url);

/** A fixture with the full paths of the other files that it names. */
function fixture(name: string): string {
  return readFileSync(new URL(name, fixtures), "utf8")
    .replaceAll("KEYS", directory)
    .replaceAll(/\b(KT\d|ST\d)$/gm, `${directory}/$1`);
}

function write(name: string, text: string): string {
  const file = join(directory, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

for (const name of ["KT1", "KT4", "ST2", "ST4", "a.private", "short.private"])
  write(name, fixture(name));
const key = join(directory, "a.private");

interface Made {
  readonly config: Record<string, Record<string, unknown>>;
  readonly account: readonly {
    readonly line: number;
    readonly fate: string;
    readonly text: string;
  }[];
  readonly warnings: readonly { readonly text: string }[];
  readonly problems: readonly string[];
  readonly code: number | null;
}

function run(name: string, text: string): Made {
  const { code, stdout, stderr } = mailseal(["import", "opendkim", write(name, text), "--json"]);
  expect(stderr).toBe("");
  return { ...(JSON.parse(stdout) as Omit<Made, "code">), code };
}

const single = `Domain example.com\nSelector s\nKeyFile ${key}\nMode s\n`;

describe("reported configurations", () => {
  test("od1: rows keep their order, so that a wide row before a narrow one decides", () => {
    const { config, code } = run("od1.conf", fixture("od1.conf"));
    expect(config["signing"]?.["table"]).toEqual({
      rows: [
        { from: "*@*", domain: "example.com", selector: "w", key },
        { from: "*@sub.example.com", domain: "sub.example.com", selector: "s", key },
      ],
    });
    expect(code).toBe(0);
  });

  test("od2: MultipleSignatures signs with every row that matches", () => {
    const { config, code } = run("od2.conf", fixture("od2.conf"));
    expect(config["signing"]?.["table"]).toEqual({
      match: "all",
      rows: [
        { from: "*@example.com", domain: "example.com", selector: "w", key },
        { from: "*@example.com", domain: "example.com", selector: "s2", key },
        { from: "*", domain: "example.net", selector: "any", key },
      ],
    });
    expect(code).toBe(0);
  });

  test("sh: SignHeaders *,+name adds to the default, and signs no absent field", () => {
    const { config } = run("sh.conf", fixture("sh.conf"));
    const headers = config["signing"]?.["headers"] as string[];
    expect(headers).toContain("Content-Type+");
    expect(headers).toContain("Reply-To+");
    expect(headers.filter((name) => !name.endsWith("+"))).toEqual([]);
  });

  test("om: OmitHeaders *,Cc leaves Cc signed, as in OpenDKIM, with a warning", () => {
    const { config, warnings } = run("om.conf", fixture("om.conf"));
    expect(config["signing"]?.["headers"]).toContain("Cc+");
    expect(warnings.map(({ text }) => text)).toEqual([
      "OmitHeaders: OpenDKIM ignores Cc in a list with *; to add the field, write +Cc",
    ]);
  });

  test("host: AuthservID HOSTNAME is the host name, which is the default", () => {
    const { config, code } = run("host.conf", fixture("host.conf"));
    expect(config).not.toHaveProperty("authservId");
    expect(code).toBe(0);
  });

  test.each(["od1", "od2", "om", "sh", "host"])("%s: config check passes", (name) => {
    const { stdout } = mailseal([
      "import",
      "opendkim",
      write(`${name}.conf`, fixture(`${name}.conf`)),
    ]);
    const check = mailseal(["config", "check", write(`${name}.yaml`, stdout)]);
    expect(check).toMatchObject({ code: 0 });
  });
});

describe("who is signed", () => {
  test("Mode s signs for InternalHosts, by default 127.0.0.1", () => {
    const { config } = run("s.conf", single);
    expect(config["listeners"]).toEqual([
      {
        protocol: "milter",
        listen: "unix:/run/mailseal/milter.sock",
        direction: "outbound",
        relayNetworks: ["127.0.0.1"],
      },
    ]);
  });

  const hosts: readonly (readonly [settings: string, networks: readonly string[], code: number])[] =
    [
      [
        "InternalHosts 10.0.0.0/30,!10.0.0.1,192.0.2.1",
        ["10.0.0.0/32", "10.0.0.2/31", "192.0.2.1"],
        0,
      ],
      ["InternalHosts 10.0.0.1,!10.0.0.0/8", ["10.0.0.1"], 0],
      ["InternalHosts csl:[2001:db8::]/32,localhost", ["127.0.0.0/8", "2001:db8::/32", "::1"], 0],
      ["PeerList 10.0.0.0/8", ["127.0.0.1"], 0],
      ["InternalHosts mail.example.com", [], 1],
      ["ExternalIgnoreList 0.0.0.0/0", ["127.0.0.1"], 0],
    ];
  test.each(hosts)("%s", (settings, networks, code) => {
    const made = run("hosts.conf", `${single}${settings}\n`);
    const [listener] = made.config["listeners"] as unknown as Record<string, unknown>[];
    expect({ networks: listener?.["relayNetworks"], code: made.code }).toEqual({ networks, code });
  });

  test("clients in PeerList are ignored, not signed for", () => {
    const made = run(
      "peer.conf",
      single.replace("Mode s", "Mode sv\nPeerList 10.0.0.0/31,!10.0.0.1"),
    );
    expect(made.config["listeners"]).toMatchObject([
      { direction: "auto", relayNetworks: ["127.0.0.1"], ignoreNetworks: ["10.0.0.0/32"] },
    ]);
    expect(made.code).toBe(0);
  });

  test("with SubDomains, subdomains sign as their parent, with its i=", () => {
    const { config } = run("sub.conf", `${single}SubDomains yes\n`);
    const signing = { sign: true, selector: "s", key };
    expect(config["signing"]).toMatchObject({ sign: false, onMissingKey: "defer" });
    expect(config["domains"]).toEqual({
      "example.com": { signing },
      "*.example.com": { signing: { ...signing, domain: "example.com", identity: "@example.com" } },
    });
  });

  test("a SigningTable of names is tried in OpenDKIM's order of forms", () => {
    const keys = `a %:a:${key}\nb %:b:${key}:rsa-sha256\nunused x.example:u:${key}\n`;
    const rows = [
      "* a",
      ".com a",
      "joe@* a",
      ".example.com a",
      "joe@.com a",
      "example.com b:@%",
      "joe@example.com a",
      "*@example.com a",
      "example.com a",
    ];
    const made = run(
      "names.conf",
      `KeyTable ${write("KT", keys)}\nSigningTable ${write("ST", `${rows.join("\n")}\n`)}\nMode s\n`,
    );
    const table = made.config["signing"]?.["table"] as { rows: Record<string, unknown>[] };
    expect(table.rows.map(({ from }) => from)).toEqual([
      "joe@example.com",
      "*@example.com",
      "*@*.example.com",
      "joe@*.com",
      "*@*.com",
      "joe@*",
      "*",
    ]);
    expect(table.rows[1]).toEqual({
      from: "*@example.com",
      selector: "b",
      key,
      algorithm: "rsa-sha256",
      identity: "@%{d}",
    });
    const fates = made.account.map(({ fate }) => fate);
    // After the settings and KeyTable: a pattern that matches no mail, and a repeated name.
    expect(fates.join(" ")).toBe(
      `${"carried ".repeat(5)}not-needed ${"carried ".repeat(7)}not-needed not-needed`,
    );
    expect(made.code).toBe(0);
  });

  test("rows that have no counterpart are listed, each with a remedy", () => {
    const keys = `a example.com:a:${key}\nb example.com:b\nc example.com:c:${key}:4096\nd a%.com:d:${key}\n`;
    const rows = "*@x.com nokey\n*@(a|b).com a\n*@y.com a:joe\n*@z.com a\n";
    const made = run(
      "lost.conf",
      `KeyTable ${write("KTl", keys)}\nSigningTable refile:${write("STl", rows)}\nMode s\n`,
    );
    expect(
      made.account.filter(({ fate }) => fate === "not-carried").map(({ text }) => text),
    ).toEqual([
      "KeyTable b: expected domain:selector:key after the name",
      "KeyTable c: its fourth field is not an algorithm such as rsa-sha256: remove it",
      "KeyTable d: % alone stands for the From domain, but a%.com is not a domain: write the domain",
      "SigningTable *@x.com: KeyTable has no usable key nokey, so OpenDKIM defers such mail: add the key, or remove the row",
      "SigningTable *@(a|b).com: patterns support only *: write a row for each address or domain",
      "SigningTable *@y.com: its second field joe has no @, so OpenDKIM cannot sign with it: write @joe",
    ]);
    expect(made.code).toBe(1);
  });

  test("a key of 1024 bits gets the minimumRsaBits that it needs, and a warning", () => {
    const short = join(directory, "short.private");
    const { config, warnings } = run("short.conf", single.replace(key, short));
    expect(config["domains"]?.["example.com"]).toMatchObject({ signing: { minimumRsaBits: 1024 } });
    expect(warnings.map(({ text }) => text)).toEqual([
      expect.stringMatching(/short\.private has 1024 bits, so minimumRsaBits is set to 1024/),
    ]);
    const yaml = write(
      "short.yaml",
      mailseal(["import", "opendkim", join(directory, "short.conf")]).stdout,
    );
    expect(mailseal(["config", "check", yaml]).code).toBe(0);
  });

  test("a key of 1024 bits whose path contains the From domain gets minimumRsaBits in each row", () => {
    write("k/example.com.key", readFileSync(join(directory, "short.private"), "utf8"));
    const made = run(
      "template.conf",
      `KeyTable csl:k=%:s:${directory}/k/%.key\nSigningTable csl:example.com=k,.example.com=k\nMode s\n`,
    );
    const table = made.config["signing"]?.["table"] as { rows: Record<string, unknown>[] };
    expect(table.rows.map(({ minimumRsaBits }) => minimumRsaBits)).toEqual([1024, undefined]);
  });

  test("a key that no row names is not read, and a key of several rows is reported once", () => {
    const { warnings, account } = imported(importOpendkim, {
      "/o/c":
        "Mode s\nSocket inet:8891@localhost\nKeyTable file:/o/keys\nSigningTable refile:/o/rows\n",
      "/o/keys": "used example.com:s:/o/used.key\nspare example.com:t:/o/spare.key\n",
      "/o/rows": "*@example.com used\n*@*.example.com used\n",
    });
    expect(warnings.map(({ text }) => text)).toEqual([
      "/o/used.key cannot be used: there is no such file; config check will fail until it can",
    ]);
    expect(account.find(({ text }) => text.startsWith("KeyTable spare"))?.fate).toBe("not-needed");
  });

  test("files that include each other are read a bounded number of times", () => {
    const line = "Include /o/c\n";
    const { account } = imported(importOpendkim, { "/o/c": line.repeat(20) });
    expect(account).toHaveLength(20);
  });

  test("a key that cannot be read gets a warning, because config check will fail on it", () => {
    const { warnings, code } = run("nokey.conf", single.replace(key, "/nonexistent.key"));
    expect(warnings.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^\/nonexistent\.key cannot be used: there is no such file; config check will fail until it can$/,
      ),
    ]);
    expect(code).toBe(0);
  });
});

describe("the other settings", () => {
  test("verification, limits, resolver, socket and permissions", () => {
    const { config, code } = run(
      "other.conf",
      [
        "Mode sv",
        "UMask 007",
        "Socket local:/run/opendkim/opendkim.sock",
        "Canonicalization relaxed/simple",
        "OversignHeaders From,Subject",
        "SignatureTTL 604800",
        "AuthservID mx.example.com",
        "MinimumKeyBits 1024",
        "MustBeSigned From,Subject",
        "TrustSignaturesFrom example.com",
        "On-Default accept",
        "On-BadSignature quarantine",
        "MaximumHeaders 65536",
        "Nameservers 192.0.2.1, 192.0.2.2",
        "RequireSafeKeys no",
        "ExemptDomains quiet.example",
        "",
      ].join("\n"),
    );
    expect(code).toBe(0);
    expect(config).toMatchObject({
      authservId: "mx.example.com",
      signing: {
        canonicalization: "relaxed/simple",
        oversign: ["From", "Subject"],
        expireAfter: "604800s",
        fieldOrder: "message",
        sign: false,
      },
      verification: {
        minimumRsaBits: 1024,
        requiredFields: ["From", "Subject"],
        trustedSigners: ["example.com"],
        actions: { fail: "quarantine", none: "header", temperror: "header", permerror: "header" },
      },
      limits: { headerSize: 65_536 },
      dns: { servers: ["192.0.2.1", "192.0.2.2"] },
      keys: { checkPermissions: "warn", allowWritable: true },
      domains: { "quiet.example": { signing: { sign: false }, verification: { verify: false } } },
      listeners: [
        {
          protocol: "milter",
          listen: "unix:/run/opendkim/opendkim.sock",
          direction: "auto",
          socketMode: "0660",
        },
      ],
    });
  });

  test.each([
    ["TrustAnchorFile /usr/share/dns/root.key", "sv", "not-carried"],
    ["TrustAnchorFile /usr/share/dns/root.key", "s", "not-needed"],
    ["SoftwareHeader yes", "s", "not-needed"],
    ["DontSignMailTo example.net", "s", "not-carried"],
    ["SenderHeaders From", "s", "not-needed"],
    ["SenderHeaders Sender,From", "s", "not-carried"],
    ["On-BadSignature discard", "sv", "not-carried"],
    ["RequestReports no", "s", "not-needed"],
    ["RemoveOldSignatures yes", "s", "not-carried"],
    ["KeyTable ldap:x", "s", "not-carried"],
    ["SignHeaders X-*", "s", "not-carried"],
    ["Socket inet:8891", "s", "not-carried"],
    ["Nonsense yes", "s", "not-carried"],
    ["Syslog", "s", "not-carried"],
  ])("%s in mode %s is %s", (setting, mode, fate) => {
    const made = run("one.conf", `Mode ${mode}\n${setting}\n`);
    expect(made.account.find(({ line }) => line === 2)).toMatchObject({ fate });
    expect(made.code).toBe(fate === "not-carried" ? 1 : 0);
  });

  test("every option of opendkim.conf(5) is known", () => {
    const names = fixture("options.txt").trim().split("\n");
    expect(names).toHaveLength(134);
    const unknown = names.filter((name) => {
      const { account } = imported(importOpendkim, { conf: `${name} csl:x\n` });
      return account.some(({ text }) => text.includes("unknown option of opendkim.conf(5)"));
    });
    expect(unknown).toEqual([]);
  });
});

describe("the account", () => {
  const files = {
    "/o/opendkim.conf": [
      "# comment",
      "Mode sv # trailing",
      "Syslog yes",
      "KeyTable /o/KeyTable",
      "SigningTable refile:/o/SigningTable",
      "MultipleSignatures yes",
      "InternalHosts /o/Trusted",
      "ExternalIgnoreList /o/Trusted",
      "PeerList 192.0.2.7",
      "OmitHeaders *,+X-A",
      "SignHeaders Subject,To",
      "OversignHeaders From",
      "Canonicalization relaxed",
      "TrustAnchorFile /x",
      "Include /o/more.conf",
      "",
    ].join("\n"),
    "/o/more.conf": "SignatureTTL 3600\nUMask 002\nSocket local:/run/x\n",
    "/o/KeyTable": "# keys\na example.com:a:/k/a\nb %:b:/k/%/b\nu u.example:u:/k/u\n",
    "/o/SigningTable": "*@example.com a\n*@*.example.com b:@%\n*@(x|y) a\n\n* none\n",
    "/o/Trusted": "127.0.0.1\n10.0.0.0/8\n!10.1.0.0/16\nhost.example.com\n",
  };

  test("contains every line once, and every removed or changed line changes it (property)", () => {
    expectEveryLineToCount(importOpendkim, files, (line) => line.replace(/#.*/, "").trim() !== "");
  });

  test("accounts for every line of any file, and never throws (property)", () => {
    const word = fc.constantFrom(
      ..."Mode Domain KeyTable SigningTable refile:/o/t csl: * , % : = ! a@b -x +y".split(" "),
    );
    const line = fc
      .array(fc.oneof(word, fc.string({ maxLength: 6 })), { maxLength: 5 })
      .map((words) => words.join(" "));
    const text = fc.array(line, { maxLength: 8 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (conf, table) => {
        const { account } = imported(importOpendkim, { "/o/c": conf, "/o/t": table });
        const lines = conf.split(/\r?\n/).filter((each) => each.replace(/#.*$/, "").trim() !== "");
        expect(account.filter(({ file }) => file === "/o/c")).toHaveLength(lines.length);
      }),
    );
  });

  test("precedes the YAML and contains no key; lines that are not carried over also go to standard error", () => {
    const secret = readFileSync(key, "utf8").split("\n").slice(1, -2).join("");
    const conf = write(
      "text.conf",
      `KeyTable csl:k=example.com:s:${secret.replaceAll("=", "")}\nSigningTable csl:example.com=k\nFoo 1\nMode s\n`,
    );
    const { code, stdout, stderr } = mailseal(["import", "opendkim", conf]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `mailseal: not carried over: ${conf}:3: Foo: unknown option of opendkim.conf(5): correct it, or remove it\n`,
    );
    const comments = stdout.split("\n").filter((each) => each.startsWith("#"));
    expect(comments).toContain("# not carried over (1):");
    expect(comments).toContain(`#   ${conf}:4: Mode: direction: outbound`);
    expect(comments.join("\n") + stderr).not.toContain(secret.slice(0, 24));
    expect(parse(stdout)).toMatchObject({ listeners: [{ direction: "outbound" }] });
  });
});

test("a missing file ends with exit code 3 and one line", () => {
  const { code, stdout, stderr } = mailseal(["import", "opendkim", "/does/not/exist"]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(/there is no such file/);
  expect(stderr.split("\n")).toHaveLength(2);
});
