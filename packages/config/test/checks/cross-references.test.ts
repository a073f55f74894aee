import { describe, expect, test } from "vitest";
import { formatProblem, readConfig } from "../../src/index.ts";

function problemsOf(listener: string, more = ""): readonly string[] {
  const text = `listeners:\n  - { protocol: smtp, listen: "127.0.0.1:25", ${listener} }\n${more}`;
  return readConfig(text, {}).problems.map(({ message }) => message);
}

const queue = "queue: { file: /tmp/queue.db }\n";
const hop = "bindings: { in: { nextHop: { host: h } } }\n";

describe("recipients of a listener", () => {
  test.each([
    ["direction: inbound, mode: queue, recipients: { list: [a@b.example] }", queue, undefined],
    [
      "direction: inbound, mode: queue, binding: in, recipients: { nextHop: true }",
      queue + hop,
      undefined,
    ],
    ["direction: inbound, mode: queue, recipients: { nextHop: true }", queue, "expected a binding"],
    ["direction: inbound, mode: queue, recipients: {}", queue, "expected list, file or nextHop"],
    [
      "direction: outbound, mode: queue, recipients: { list: [b.example] }",
      queue,
      "expected direction inbound",
    ],
    ["direction: inbound, mode: queue", queue, "mail is accepted for any recipient"],
  ])("%s", (listener, more, problem) => {
    const found = problemsOf(listener, more);
    if (problem === undefined) expect(found).toEqual([]);
    else expect(found.some((message) => message.startsWith(problem))).toBe(true);
  });
});

describe("options that do not fit together", () => {
  test.each<[string, string, RegExp]>([
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
  ])("%s", (_, text, expected) => {
    const { config, problems } = readConfig(text);
    expect(config).toBeUndefined();
    expect(problems.map((problem) => formatProblem("c", problem)).join("\n")).toMatch(expected);
  });
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
  expect(readConfig(more + smtp("0", options, nextHop("tls: implicit"))).problems).toEqual([]);
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

  test("refused with its remedies if nothing shows that it is durable", () => {
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
  ])("durable with %s", (nats) => {
    expect(readConfig(withNats(nats)).config).toBeDefined();
  });
});
