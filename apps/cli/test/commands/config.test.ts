import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const file = join(directory, "mailseal.yaml");

function check(text: string, ...args: string[]): ReturnType<typeof mailseal> {
  writeFileSync(file, text);
  return mailseal(["config", "check", file, ...args]);
}

describe("config check", () => {
  test("prints every problem with its line, and whether the config can be used", () => {
    const { code, stdout } = check("signing:\n  algoritm: rsa-sha256\n  testing: maybe\n");
    expect(code).toBe(1);
    expect(stdout).toBe(
      `${file}:2:3: signing.algoritm: unknown option; did you mean "algorithm"?\n` +
        `${file}:3:3: signing.testing: expected true or false, got "maybe"\n` +
        `${file} cannot be used: 2 errors, 0 warnings; 0 domains signed a test message\n`,
    );
  });

  test("a config with warnings can be used", () => {
    const { code, stdout } = check("signing: { algorithm: rsa-sha1 }\nqueue: { file: q }\n");
    expect(code).toBe(0);
    expect(stdout).toContain(`${file}:1:12: warning: signing.algorithm: `);
    expect(stdout).toContain("can be used: 0 errors, 1 warning; 0 domains signed a test message\n");
  });

  test("a missing file that the config names is an error", () => {
    const { code, stdout } = check("admin: { tokenFile: token }\n", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      problems: [{ level: "error", path: "admin.tokenFile", message: /no such file/ }],
    });
  });
});

describe("keys of domains without a scope", () => {
  const keys = join(directory, "found");
  for (const [domain, content] of [
    ["good.example", generateKey({ type: "ed25519" }).toPem()],
    ["bad.example", "garbage"],
  ] as const) {
    mkdirSync(join(keys, domain), { recursive: true });
    writeFileSync(join(keys, domain, "s1.pem"), content, { mode: 0o600 });
  }
  mkdirSync(join(keys, "absent.example"));
  const saysBad = /mail from bad\.example(?: by binding out)? cannot be signed: s1: .*bad\.example/;

  test.each([
    "signing: { selector: s1, key: 'found/%{d}/%{s}.pem' }",
    "domains: { '*': { signing: { selector: s1, key: 'found/%{d}/s1.pem' } } }",
    "bindings: { out: { signing: { selector: s1, key: 'found/%{d}/%{s}.pem' } } }",
  ])("are tested if a path leads to them: %s", (text) => {
    const { code, stdout } = check(text);
    expect(code).toBe(1);
    expect(stdout).toMatch(saysBad);
    expect(stdout).toContain("1 error, 1 warning; 1 domain signed a test message");
  });

  test("are tested if they are in the key database", () => {
    const database = join(directory, "keys.db");
    const pem = join(keys, "bad.example", "s2.pem");
    writeFileSync(pem, generateKey({ type: "ed25519" }).toPem(), { mode: 0o600 });
    for (const [domain, key] of [
      ["good.example", join(keys, "good.example", "s1.pem")],
      ["bad.example", pem],
    ] as const) {
      const args = [domain, "s1", key, "--database", database, "--unchecked"];
      expect(mailseal(["domains", "add", ...args])).toMatchObject({ code: 0 });
    }
    writeFileSync(pem, "garbage");
    const { code, stdout } = check("keys: { database: keys.db }");
    expect(code).toBe(1);
    expect(stdout).toMatch(saysBad);
    expect(stdout).toContain("1 domain signed a test message");
  });
});

describe("secret files", () => {
  test.each([
    ["admin: { tokenFile: secret }", "admin.tokenFile"],
    ["worker: { jobs: { listen: '127.0.0.1:1', tokenFile: secret } }", "worker.jobs.tokenFile"],
    [
      "bindings: { a: { nextHop: { host: h, tls: required, username: u, passwordFile: secret } } }",
      "bindings.a.nextHop.passwordFile",
    ],
  ])("%s is refused with mode 0644, and used with 0640", (text, path) => {
    const secret = join(directory, "secret");
    writeFileSync(secret, "0123456789abcdef\n");
    chmodSync(secret, 0o644);
    const refused = check(text, "--json");
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      problems: [{ level: "error", path, message: /mode 0644.*chmod 600 or 640/ }],
    });
    chmodSync(secret, 0o640);
    expect(check(text).code).toBe(0);
  });
});

describe("common mistakes", () => {
  test("a config that cannot be read ends with exit code 3 and one line", () => {
    for (const command of [
      ["config", "check", "/nonexistent"],
      ["config", "explain", "-c", "/nonexistent", "--from", "a@example.com"],
    ]) {
      expect(mailseal(command)).toMatchObject({
        code: 3,
        stdout: "",
        stderr: "mailseal: /nonexistent: cannot be read: there is no such file\n",
      });
    }
  });

  test.each([
    ["signing: { selector: s, key: %{d}/%{s}.key }", "keys/%{d}/%{s}.key"],
    ["signing: { selector: s, key: keys/%{d}.key }", "keys/%{d}/%{s}.key"],
    ["signing:\n  key: %{d}.key", "keys/%{d}/%{s}.key"],
    ["signing: { keyText: ${KEY} }", "${NAME}"],
    ["signing: { selector: s, oversign: [a, ${B}] }", "${NAME}"],
  ])("a value that needs quotes in YAML gets a hint: %s", (text, example) => {
    const { code, stdout } = check(text);
    expect(code).toBe(1);
    expect(stdout).toContain("not valid YAML");
    expect(stdout).toContain(`in quotes, as in "${example}"`);
  });

  test("other YAML errors do not mention quotes", () => {
    expect(check("signing: [").stdout).not.toContain("quotes");
  });

  test("hooks that cannot be imported are an error", () => {
    writeFileSync(join(directory, "hooks.mjs"), "import './absent.mjs';\n");
    const { code, stdout } = check("hooks: { module: hooks.mjs }\n");
    expect(code).toBe(1);
    expect(stdout).toMatch(/hooks\.module: .*cannot be imported: .*absent\.mjs/);
  });

  test("a milter socket in a missing directory is an error", () => {
    const listener = (path: string): string =>
      `listeners: [{ protocol: milter, listen: "unix:${path}" }]\n`;
    const { code, stdout } = check(listener("/nonexistent/milter.sock"));
    expect(code).toBe(1);
    expect(stdout).toContain(
      "listeners[0].listen: expected the directory /nonexistent of the socket, but it does not exist",
    );
    expect(check(listener(join(directory, "milter.sock"))).code).toBe(0);
    // The systemd unit creates it.
    expect(check(listener("/run/mailseal/milter.sock")).code).toBe(0);
  });

  test("a config without listeners gets a warning, unless it has a queue for a worker", () => {
    expect(check("log: {}\n").stdout).toContain("warning: listeners: there are no listeners");
    expect(check("queue: { file: queue.db }\n").stdout).not.toContain("no listeners");
  });

  test("one address for two listeners is an error, or a warning for relay and worker", () => {
    const relay = check(
      "queue: { file: q }\nadmin: { listen: '127.0.0.1:1', web: '127.0.0.1:1' }\n",
    );
    expect(relay.code).toBe(1);
    expect(relay.stdout).toContain(
      "admin.web: expected an address of its own, but 127.0.0.1:1 is also that of admin.listen",
    );
    const both = check(
      "queue: { file: q }\nadmin: { web: '127.0.0.1:1' }\nworker: { jobs: { listen: '127.0.0.1:1' } }\n",
    );
    expect(both.code).toBe(0);
    expect(both.stdout).toContain(
      "warning: worker.jobs.listen: 127.0.0.1:1 is also the relay's admin.web",
    );
  });

  test("a binding both alone and in a group gets a warning", () => {
    const { code, stdout } = check(
      "bindings: { a: {} }\nbindingGroups: { g: { bindings: { a: {} } } }\nqueue: { file: q }\n",
    );
    expect(code).toBe(0);
    expect(stdout).toContain("1:13: warning: bindings.a: group g also has a binding of this name");
  });
});

describe("test signatures", () => {
  const config = `
signing: { selector: s, key: "%{d}/%{s}.key", algorithm: ed25519-sha256, signCondition: [x-tenant] }
domains: { good.example: {}, bad.example: {}, silent.example: { signing: { sign: false } } }
bindings: { pool-a: { domains: { good.example: { signing: { selector: t } } } } }
queue: { file: queue.db }
`;
  const keygen = (selector: string): void => {
    const key = ["-d", "good.example", "-s", selector, "-o", directory, "-t", "ed25519"];
    expect(mailseal(["keygen", ...key]).code).toBe(0);
  };

  test("a missing key is reported for each domain and binding", () => {
    keygen("s");
    const { code, stdout } = check(config);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /mail from bad.example cannot be signed: s: .*bad.example\/s.key": there is no such file \(ENOENT\); put the file there/,
    );
    expect(stdout).toMatch(
      /mail from good.example by binding pool-a cannot be signed: t: .*ENOENT/,
    );
    expect(stdout).not.toContain("silent.example");
    expect(stdout).toContain("2 errors, 0 warnings; 1 domain signed a test message\n");
    keygen("t");
    expect(JSON.parse(check(config, "--json").stdout)).toMatchObject({
      ok: false,
      signatures: [
        { domain: "good.example", signatures: ["s._domainkey.good.example"] },
        { domain: "bad.example", signatures: [], problem: /ENOENT/ },
        { domain: "silent.example", signatures: [] },
        { domain: "good.example", binding: "pool-a", signatures: ["t._domainkey.good.example"] },
      ],
    });
  });

  test("a domain with only verification options needs no key", () => {
    const text = config.replace("bad.example: {}", "bad.example: { verification: {} }");
    const { code, stdout } = check(text);
    expect(stdout).not.toContain("bad.example");
    expect(code).toBe(0);
  });

  test("a domain is signed if its fallback domain can sign", () => {
    const { code, stdout } = check(
      config.replace(
        "bad.example: {}",
        "bad.example: { signing: { fallbackDomain: good.example } }",
      ),
    );
    expect(stdout).toContain("0 errors");
    expect(stdout).toContain("2 domains signed a test message");
    expect(code).toBe(0);
  });

  test("a private key that other users can read gets one warning", () => {
    chmodSync(join(directory, "good.example/s.key"), 0o644);
    const { code, stdout } = check(config.replace("bad.example: {},", ""));
    chmodSync(join(directory, "good.example/s.key"), 0o600);
    expect(code).toBe(0);
    expect(stdout.match(/warning: other users can read the private key/g)).toHaveLength(1);
    expect(stdout).toContain("good.example/s.key (mode 0644): chmod it to 600 or 640");
  });

  test("--no-sign checks the text only", () => {
    expect(check(config, "--no-sign").code).toBe(0);
  });
});

describe("config explain", () => {
  const config = `
signing: { selector: all, keyText: hunter2, expireAfter: 7d }
defaultBinding: pool-b
bindingGroups: { bulk: { bindings: { pool-a: { signing: { selector: a } } } } }
bindings: { pool-b: {} }
`;
  test("prints the scope that sets each option", () => {
    writeFileSync(file, config);
    const { code, stdout } = mailseal([
      "config",
      "explain",
      "-c",
      file,
      "--from",
      "Ada <a@example.com>",
      "--binding",
      "pool-a",
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/selector +"a" {2}\(binding pool-a in group bulk\)/);
    expect(stdout).toMatch(/expireAfter +7d {2}\(global\)/);
    expect(stdout).toMatch(/keyText +"\*\*\*"/);
    expect(stdout).not.toContain("hunter2");
  });

  test("uses the default binding without --binding", () => {
    writeFileSync(file, config);
    const { stdout } = mailseal([
      "config",
      "explain",
      "-c",
      file,
      "--from",
      "example.com",
      "--json",
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      domain: "example.com",
      binding: "pool-b",
      signing: { selector: { value: "all", scope: "global" } },
    });
    expect(stdout).not.toContain("hunter2");
  });

  test.each([
    [["--from", "a@example.com", "--binding", "pool-x"], 2, /expected one of: pool-a, pool-b/],
    [["--from", "@"], 2, /is not an address; expected one such as/],
  ])("%j", (args, code, reason) => {
    writeFileSync(file, config);
    const ended = mailseal(["config", "explain", "-c", file, ...args]);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(reason);
  });
});
