import { expect, test } from "vitest";
import { formatProblem } from "../../src/loading/problem.ts";
import { readConfig } from "../../src/loading/read-config.ts";

function problemsOf(text: string): readonly string[] {
  return readConfig(text).problems.map((problem) => formatProblem("c", problem));
}

test("every problem is reported, with its line, its path, the expected value, and the nearest name", () => {
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
    'c:1:1: signin: unknown option; did you mean "signing"?',
    'c:3:3: signing.sgn: unknown option; did you mean "sign"?',
    "c:4:3: signing.selector: expected text, got 5",
    'c:5:3: signing.header_canon: unknown option; did you mean "canonicalization"?',
    'c:6:3: signing.expireAfter: expected a time such as "30s", "12h" or "7d", got "7x"',
    'c:7:3: signing.canonicalization: expected one of "simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", got "relaxd"',
    'c:9:3: domains["exa mple"]: expected a domain such as example.com, "*.example.com" or "*", got "exa mple"',
    'c:10:29: domains["example.com"].signing.algoritm: unknown option; did you mean "algorithm"?',
    'c:12:23: listeners[0].listen: expected address:port such as "127.0.0.1:2525" or "[::1]:25", or "unix:/path", got "x"',
    'c:12:34: listeners[0].direction: expected one of "outbound", "inbound", got "out"',
    'c:13:5: listeners[1].protocol: expected one of "smtp", "milter", got "smpt"; did you mean "smtp"?',
    "c:15:3: limits.connections: expected a number of at least 1, got 0",
    'c:16:3: limits.messageSize: expected a size such as "64KB" or "50MB", got "50MBs"',
    'c:17:1: processes: expected "auto" or a number, got "many"',
    'c:18:15: statistics.level: expected one of "all", "global", "off", got "al"; did you mean "all"?',
    "c:19:1: admin: expected a map of options, got nothing",
    'c:20:14: reflector.address: expected a mail address, got "x"',
    "c:23:5: bindings.a.nextHop.host: expected text, got nothing: this option is required",
    'c:24:28: bindings.b.nextHop.localAddress: expected an address such as "192.0.2.1", got "192.0.2.1/28"',
    "c:25:1: hooks: expected a map of options, got a list",
  ]);
});

test.each<[string, string, string | RegExp]>([
  ["a secret is not shown", "signing: { keyText: [hunter2] }", /not shown, because it is secret/],
  [
    "a selector that is the name of a record",
    "signing: { selector: s._domainkey.example.com }",
    /signing\.selector: expected the part before \._domainkey, got "s\._domainkey/,
  ],
  ["names of the language", "constructor: 1", /constructor: unknown option/],
])("%s", (_, text, expected) => {
  const { config, problems } = readConfig(text);
  expect(config).toBeUndefined();
  expect(problems.map((problem) => formatProblem("c", problem)).join("\n")).toMatch(expected);
  expect(JSON.stringify(problems)).not.toContain("hunter2");
});
