import { expect, test } from "vitest";
import { formatProblem } from "../../src/loading/problem.ts";
import { readConfig } from "../../src/loading/read-config.ts";

test.each<[string, string, RegExp]>([
  ["rsa-sha1", "signing: { algorithm: rsa-sha1 }", /signing.algorithm: .*RFC 8301 3.1/],
  ["short keys", "signing: { minimumRsaBits: 1024 }", /signing.minimumRsaBits: /],
  ["l=", "signing: { bodyLength: true }", /signing.bodyLength: .*RFC 6376 8.2/],
  ["simple", "signing: { canonicalization: simple/relaxed }", /signing.canonicalization: /],
  ["testing", "domains: { a.com: { signing: { testing: true } } }", /domains\["a.com"\].*testing/],
  ["a day", "signing: { expireAfter: 1h }", /expired signature/],
  ["one of several", "signing: { signatures: [{ algorithm: rsa-sha1 }] }", /signatures\[0\]/],
  ["weak keys of others", "verification: { minimumRsaBits: 512 }", /verification.minimumRsaBits/],
  ["mailing lists", "verification: { actions: { fail: reject } }", /RFC 6376 6.3/],
  ["a password in the clear", nextHop("password: x"), /nextHop.tls: .*unencrypted/],
  [
    "a milter that signs for anybody",
    "listeners: [{ protocol: milter, listen: 'unix:/x', direction: outbound, signForAnyClient: true }]",
    /signForAnyClient: everybody/,
  ],
  [
    "users that sign as anybody",
    `signing: { signCondition: [authUser] }\n${smtp("0", "auth: { usersFile: a }, name: in", nextHop(""))}`,
    /signing.signCondition: any user that logs in at listener in is signed as any domain: set auth.senders/,
  ],
  [
    "users of a mail server that sign as anybody",
    "domains: { a.com: { signing: { signCondition: [authUser] } } }\nlisteners: [{ protocol: milter, listen: 'unix:/x' }]",
    /domains\["a.com"\].signing.signCondition: any user that logs in at listener unix:\/x/,
  ],
  ["loose keys", "keys: { checkPermissions: off }", /keys.checkPermissions/],
  [
    "milter for all the world",
    'listeners: [{ protocol: milter, listen: "0.0.0.0:8891" }]',
    /milter has no authentication/,
  ],
])("a weak choice is a warning: %s", (_, text, expected) => {
  const { config, problems } = readConfig(text);
  expect(problems.map((problem) => formatProblem("c", problem)).join("\n")).toMatch(expected);
  expect(problems.every(({ level }) => level === "warning")).toBe(true);
  expect(config).toBeDefined();
});

function nextHop(options: string): string {
  return `bindings:\n  out:\n    nextHop: { host: mx.example.net, username: a, ${options} }\n`;
}

function smtp(port: string, options = "", rest = ""): string {
  const binding = rest === "" ? "" : ", binding: out";
  return `${rest}listeners:\n  - { protocol: smtp, direction: outbound, listen: "127.0.0.1:${port}"${binding}, ${options} }\n`;
}
