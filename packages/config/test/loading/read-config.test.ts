import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/loading/problem.ts";
import { readConfig } from "../../src/loading/read-config.ts";

function problemsOf(text: string, environment: Record<string, string> = {}): readonly string[] {
  return readConfig(text, { environment }).problems.map((problem) => formatProblem("c", problem));
}

describe("problems", () => {
  test("all at once, each with its line, its path, what was expected, and the nearest name", () => {
    const text = `signin: {}
signing:
  sgn: true
  selector: 5
  header_canon: simple
  expireAfter: 7x
  canonicalization: relaxd
domains:
  "exa mple": {}
  example.com: { signing: { algoritm: x } }
listeners:
  - { protocol: smtp, listen: x, direction: out }
  - protocol: smpt
limits:
  connections: 0
  messageSize: 50MBs
processes: many
statistics: { level: al }
admin:
reflector: { address: x }
bindings:
  a:
    nextHop: {}
  b: { nextHop: { host: h, localAddress: 192.0.2.1/28 } }
hooks: []
`;
    expect(problemsOf(text)).toEqual([
      'c:1:1: signin: there is no option of this name; did you mean "signing"?',
      'c:3:3: signing.sgn: there is no option of this name; did you mean "sign"?',
      "c:4:3: signing.selector: expected text, got 5",
      'c:5:3: signing.header_canon: there is no option of this name; did you mean "canonicalization"?',
      'c:6:3: signing.expireAfter: expected a time such as "30s", "12h" or "7d", got "7x"',
      'c:7:3: signing.canonicalization: expected one of "simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", got "relaxd"',
      'c:9:3: domains["exa mple"]: expected a domain such as example.com, "*.example.com" or "*", got "exa mple"',
      'c:10:29: domains["example.com"].signing.algoritm: there is no option of this name; did you mean "algorithm"?',
      'c:12:23: listeners[0].listen: expected address:port such as "127.0.0.1:2525" or "[::1]:25", or "unix:/path", got "x"',
      'c:12:34: listeners[0].direction: expected one of "outbound", "inbound", got "out"',
      'c:13:5: listeners[1].protocol: expected one of "smtp", "milter", got "smpt"; did you mean "smtp"?',
      "c:15:3: limits.connections: expected a number of at least 1, got 0",
      'c:16:3: limits.messageSize: expected a size such as "64KB" or "50MB", got "50MBs"',
      'c:17:1: processes: expected "auto" or a number, got "many"',
      'c:18:15: statistics.level: expected one of "all", "global", "off", got "al"; did you mean "all"?',
      "c:19:1: admin: expected a map of options, got nothing",
      'c:20:14: reflector.address: expected a mail address, got "x"',
      "c:23:5: bindings.a.nextHop.host: expected text, got nothing: this option is needed",
      'c:24:28: bindings.b.nextHop.localAddress: expected an address such as "192.0.2.1", got "192.0.2.1/28"',
      "c:25:1: hooks: expected a map of options, got a list",
    ]);
  });

  test.each<[string, string, string | RegExp]>([
    ["not YAML", "a: [", /^c:1:5: not valid YAML: /],
    ["two of a name", "log: {}\nlog: {}", "c:2:1: not valid YAML: Map keys must be unique"],
    ["a list", "- a", "c:1:1: expected a map of options, got a list"],
    ["an unset variable", "authservId: ${NOT_SET}", /expected the environment variable NOT_SET/],
    ["a secret is not shown", "signing: { keyText: [hunter2] }", /a secret, not shown/],
    ["an unknown binding", "defaultBinding: pol\nbindings: { pool: {} }", /did you mean "pool"/],
    ["no next hop", smtp("0"), /expected a binding with a nextHop for the mail/],
    [
      "a binding in two groups",
      "bindingGroups: { a: { bindings: { x: {} } }, b: { bindings: { x: {} } } }",
      /expected a binding to be in one group, but this one is also in a/,
    ],
    ["key and keyText", "signing: { key: a, keyText: b }", /expected key or keyText, got both/],
    ["the page for all the world", 'admin: { web: "0.0.0.0:80" }', /expected a tokenFile/],
    [
      "XCLIENT of whoever may connect",
      smtp("0", "xclient: true", nextHop("")),
      /listeners\[0\].xclient: expected relayNetworks to name the hosts/,
    ],
    [
      "XCLIENT of anybody",
      smtp("0", 'xclient: true, relayNetworks: ["::/0"], auth: { usersFile: a, required: true }'),
      /listeners\[0\].xclient: expected relayNetworks to name the hosts/,
    ],
    [
      "senders of nobody",
      smtp("0", "auth: { usersFile: a, senders: {} }", nextHop("")),
      /listeners\[0\].auth.senders: expected file, patterns or hook/,
    ],
    [
      "a hook for senders without hooks",
      'listeners: [{ protocol: milter, listen: "unix:/x", auth: { senders: { hook: true } } }]',
      /listeners\[0\].auth.senders.hook: expected hooks.module/,
    ],
    [
      "an open relay",
      smtp("0", 'clients: ["0.0.0.0/0"]', nextHop("")),
      /clients: expected limits on who may send/,
    ],
    [
      "an open relay in two halves",
      smtp("0", 'clients: ["128.0.0.0/1", "0.0.0.0/1"], auth: { usersFile: a }', nextHop("")),
      /listeners\[0\].clients: expected limits on who may send/,
    ],
    [
      "a relay network of all addresses",
      smtp("0", 'clients: ["::/0"], relayNetworks: ["0.0.0.0/0"]', nextHop("")),
      /listeners\[0\].relayNetworks: expected limits on who may send/,
    ],
    [
      "a milter whose mail is anybody's",
      'listeners: [{ protocol: milter, listen: "unix:/x", relayNetworks: ["0.0.0.0/0"] }]',
      /listeners\[0\].relayNetworks: expected the networks whose mail is yours/,
    ],
    ["names of the language", "constructor: 1", /constructor: there is no option of this name/],
  ])("%s", (_, text, expected) => {
    const { config, problems } = readConfig(text);
    expect(config).toBeUndefined();
    expect(problems.map((problem) => formatProblem("c", problem)).join("\n")).toMatch(expected);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test.each<[string, string, string?]>([
    ["AUTH for all", 'clients: ["0.0.0.0/0", "::/0"], auth: { usersFile: a, required: true }'],
    [
      "AUTH for others",
      'clients: ["0.0.0.0/0"], relayNetworks: ["10.0.0.0/8"], auth: { usersFile: a }',
    ],
    ["XCLIENT of one host", 'xclient: true, relayNetworks: ["127.0.0.1"]'],
    [
      "logins with their senders",
      'auth: { usersFile: a, senders: { patterns: ["%u"] } }',
      "signing: { signCondition: [authUser] }\n",
    ],
    ["half of all addresses", 'clients: ["0.0.0.0/1"]'],
  ])("bounds on who sends: %s", (_, options, more = "") => {
    expect(problemsOf(more + smtp("0", options, nextHop("tls: implicit")))).toEqual([]);
  });

  test("the defaults need no warning", () => {
    expect(readConfig("").problems).toEqual([]);
  });

  test("any text is read or refused, never a throw (property)", () => {
    const piece = fc.constantFrom(
      "signing",
      ": ",
      "\n",
      "  ",
      "- ",
      "{",
      "}",
      "${A}",
      "&a",
      "*a",
      "1",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: "binary" }))), (pieces) => {
        const { config, problems } = readConfig(pieces.join(""));
        expect(config !== undefined || problems.length > 0).toBe(true);
      }),
    );
  });

  test("aliases do not multiply", () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`,
    );
    expect(problemsOf(`a0: &a0 [x]\n${levels.join("\n")}`).join()).toMatch(/not valid YAML: /);
  });
});

describe("values", () => {
  test("${NAME} is filled in; alone it may be a number or a truth", () => {
    const text = `
hostname: mx.\${DOMAIN}
processes: \${PROCESSES}
limits: { connections: 5 }
signing: { sign: true, selector: "\${SELECTOR:-s1}", identity: "$\${d}" }
`;
    const { config } = readConfig(text, { environment: { DOMAIN: "example.com", PROCESSES: "4" } });
    expect(config).toMatchObject({
      hostname: "mx.example.com",
      processes: 4,
      signing: { selector: "s1", identity: "${d}" },
    });
  });

  test("times, sizes and domains are read into milliseconds, octets and A-labels", () => {
    const { config } = readConfig(
      "signing: { expireAfter: 7d }\nlimits: { messageSize: 1.5MB, dataTimeout: 300ms, commandTimeout: 30 }\ndomains: { '*.Bücher.example': {} }",
    );
    expect(config?.signing.expireAfter).toBe(604_800_000);
    expect(config?.limits).toMatchObject({
      messageSize: 1_572_864,
      dataTimeout: 300,
      commandTimeout: 30_000,
    });
    expect(Object.keys(config?.domains ?? {})).toEqual(["*.xn--bcher-kva.example"]);
  });

  test("JSON is read as well", () => {
    expect(readConfig('{ "hostname": "mx.example.com" }').config?.hostname).toBe("mx.example.com");
  });
});

function nextHop(options: string): string {
  return `bindings:\n  out:\n    nextHop: { host: mx.example.net, username: a, ${options} }\n`;
}

function smtp(port: string, options = "", rest = ""): string {
  const binding = rest === "" ? "" : ", binding: out";
  return `${rest}listeners:\n  - { protocol: smtp, direction: outbound, listen: "127.0.0.1:${port}"${binding}, ${options} }\n`;
}

describe("mail that is accepted into JetStream", () => {
  const withNats = (nats: string): string =>
    `hostname: mx.example.com
listeners: [{ protocol: smtp, listen: "127.0.0.1:2525", direction: outbound, mode: queue }]
queue: { nats: { servers: ["nats://127.0.0.1:4222"]${nats} } }`;

  test("is refused where nothing can say that it is durable, with both remedies", () => {
    const { config, problems } = readConfig(withNats(""));
    expect(config).toBeUndefined();
    const problem = problems.find(({ path }) => path === "queue.nats");
    expect(problem?.message).toMatch(/sync_interval: always.*replicas: 3.*os-buffered/);
  });

  test.each([
    ", replicas: 3",
    ', monitor: ["http://127.0.0.1:8222"]',
    ", durability: sync-always",
    ", durability: os-buffered",
  ])("can be durable with %s", (nats) => {
    expect(readConfig(withNats(nats)).config).toBeDefined();
  });
});
