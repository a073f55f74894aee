import { createSocket } from "node:dgram";
import { type DnsServer, type ScriptedReply, startDnsServer } from "@mailseal/testkit/dns-server";
import { AUTHENTIC_DATA, RECURSION_DESIRED } from "dns-packet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keySource, type TxtAnswer, wireResolver } from "../../src/index.ts";
import { rsaKey, rsaRecord } from "../keys.ts";

const record = "v=DKIM1; p=AA==";
const soa = { ttlSeconds: 900, minimumSeconds: 60 };
/** The time to wait for a response that never comes; for others there is time enough. */
const shortMs = 150;

const chain = (length: number): [string, ScriptedReply][] =>
  Array.from({ length }, (_, index) => [
    `c${index}.example`,
    { cname: `c${index + 1}.example`, ttlSeconds: 100 + index },
  ]);

const script = new Map<string, ScriptedReply>([
  ["one.example", { txt: [record], ttlSeconds: 77 }],
  ["several.example", { txt: ["a", "b", "c"] }],
  ["strings.example", { txt: [["v=DKIM1; ", "p=", "", "AA=="]] }],
  ["octets.example", { txt: [["\u0000\u00ff\u00fc"]] }],
  ["ad.example", { txt: [record], authenticated: true }],
  ["key._domainkey.example.com", { txt: [rsaRecord], ttlSeconds: 60 }],
  ["nodata.example", { soa }],
  ["nodata-bare.example", {}],
  ["nxdomain.example", { rcode: "NXDOMAIN", soa: { ttlSeconds: 30, minimumSeconds: 3600 } }],
  ["servfail.example", { rcode: "SERVFAIL" }],
  ["refused.example", { rcode: "REFUSED" }],
  ["silent.example", { silent: true }],
  ["late.example", { txt: [record], delayMs: 30 }],
  ["alias.example", { cname: "One.Example", ttlSeconds: 10 }],
  ["dangling.example", { cname: "missing.example" }],
  ["loop.example", { cname: "loop.example" }],
  ...chain(9),
  ["c9.example", { txt: ["end"], ttlSeconds: 500 }],
  ["large.example", { txt: ["x".repeat(5000)], truncatedOverUdp: true, ttlSeconds: 5 }],
  ["large-nothing.example", { truncatedOverUdp: true, soa }],
  ["cut-off.example", { txt: [record], truncatedOverUdp: true, forgeries: ["cut-off"] }],
  [
    "forged.example",
    { txt: [record], forgeries: ["wrong-id", "wrong-question", "garbage", "query", "cut-off"] },
  ],
  [
    "only-forged.example",
    {
      txt: [record],
      forgeries: ["wrong-id", "wrong-question", "garbage", "query", "cut-off"],
      silent: true,
    },
  ],
]);

let server: DnsServer;
let other: DnsServer;

beforeAll(async () => {
  server = await startDnsServer(script);
  other = await startDnsServer({
    "servfail.example": { txt: ["from the other"] },
    "silent.example": { txt: ["from the other"] },
    "refused.example": { rcode: "SERVFAIL" },
  });
});

afterAll(async () => {
  await Promise.all([server.close(), other.close()]);
});

function ask(
  name: string,
  options: { timeoutMs?: number; tries?: number } = {},
): Promise<TxtAnswer> {
  return wireResolver({ servers: [server.address], timeoutMs: shortMs, ...options }).resolveTxt(
    name,
  );
}

describe("each outcome is its own", () => {
  const found = { status: "found", authenticated: false };
  const cases: readonly (readonly [string, unknown])[] = [
    ["one.example", { ...found, records: [record], ttlSeconds: 77 }],
    ["ONE.example", { ...found, records: [record], ttlSeconds: 77 }],
    ["several.example", { ...found, records: ["a", "b", "c"], ttlSeconds: 300 }],
    ["strings.example", { ...found, records: [record], ttlSeconds: 300 }],
    ["octets.example", { ...found, records: ["\u0000\u00ff\u00fc"], ttlSeconds: 300 }],
    ["ad.example", { status: "found", records: [record], ttlSeconds: 300, authenticated: true }],
    ["late.example", { ...found, records: [record], ttlSeconds: 300 }],
    ["nodata.example", { status: "nodata", ttlSeconds: 60, authenticated: false }],
    ["nodata-bare.example", { status: "nodata", authenticated: false }],
    ["nxdomain.example", { status: "nxdomain", ttlSeconds: 30, authenticated: false }],
    ["missing.example", { status: "nxdomain", authenticated: false }],
    ["servfail.example", { status: "servfail", reason: "the server answered SERVFAIL" }],
    ["refused.example", { status: "error", reason: "the server answered REFUSED" }],
  ];
  test.each(cases)("%s", async (name, answer) => {
    expect(await ask(name)).toEqual(answer);
  });

  test("silence", async () => {
    expect(await ask("silent.example", { timeoutMs: shortMs })).toEqual({
      status: "timeout",
      reason: `no response within ${shortMs} ms`,
    });
  });
});

describe("CNAMEs", () => {
  test("are followed; the shortest TTL counts", async () => {
    expect(await ask("alias.example")).toEqual({
      status: "found",
      records: [record],
      ttlSeconds: 10,
      authenticated: false,
      canonicalName: "one.example",
    });
  });
  test("eight in a row", async () => {
    const answer = {
      status: "found",
      records: ["end"],
      ttlSeconds: 101,
      canonicalName: "c9.example",
    };
    expect(await ask("c1.example")).toMatchObject(answer);
  });
  test("nine in a row, or a loop, are SERVFAIL", async () => {
    expect(await ask("c0.example")).toMatchObject({ status: "servfail" });
    expect(await ask("loop.example")).toMatchObject({ status: "servfail" });
  });
  test("to a name that does not exist", async () => {
    expect(await ask("dangling.example")).toMatchObject({ status: "nxdomain" });
  });
});

describe("truncated answers", () => {
  test("are asked for again over TCP, with another id", async () => {
    const answer = { status: "found", records: ["x".repeat(5000)], ttlSeconds: 5 };
    expect(await ask("large.example")).toMatchObject(answer);
    const queries = server.queries.filter(({ name }) => name === "large.example");
    expect(queries.map(({ transport }) => transport)).toEqual(["udp", "tcp"]);
  });
  test("may hold nothing over TCP either", async () => {
    expect(await ask("large-nothing.example")).toMatchObject({ status: "nodata", ttlSeconds: 60 });
  });
  test("a cut-off response over TCP is an error", async () => {
    expect(await ask("cut-off.example")).toMatchObject({
      status: "error",
      reason: expect.stringMatching(/TCP/),
    });
  });
});

describe("forged responses", () => {
  test("are ignored, and the right one is heard", async () => {
    expect(await ask("forged.example")).toMatchObject({ status: "found", records: [record] });
  });
  test("are ignored until the time is over", async () => {
    expect(await ask("only-forged.example", { timeoutMs: shortMs, tries: 1 })).toMatchObject({
      status: "timeout",
    });
  });
});

describe("several servers and tries", () => {
  const both = (tries = 2) =>
    wireResolver({ servers: [server.address, other.address], timeoutMs: 1000, tries });

  test("the next server is asked after SERVFAIL and silence", async () => {
    const answer = { status: "found", records: ["from the other"] };
    expect(await both().resolveTxt("servfail.example")).toMatchObject(answer);
    expect(await both().resolveTxt("silent.example")).toMatchObject(answer);
  });
  test("NXDOMAIN is an answer: nobody else is asked", async () => {
    const before = other.count();
    expect(await both().resolveTxt("missing.example")).toMatchObject({ status: "nxdomain" });
    expect(other.count()).toBe(before);
  });
  test("the last failure is the answer; each is asked as often as told", async () => {
    const [first, second] = [server.count("refused.example"), other.count("refused.example")];
    expect(await both(3).resolveTxt("refused.example")).toMatchObject({ status: "servfail" });
    expect(server.count("refused.example") - first).toBe(3);
    expect(other.count("refused.example") - second).toBe(3);
  });
  test("a port that nobody listens on is an error at once, not a timeout", async () => {
    const gone = await startDnsServer({});
    await gone.close();
    const resolver = wireResolver({ servers: [gone.address], timeoutMs: 60_000, tries: 1 });
    expect(await resolver.resolveTxt("one.example")).toMatchObject({
      status: "error",
      reason: "the DNS server refused the connection",
    });
  });
  test("neither is a closed TCP port behind a truncated answer", async () => {
    const udpOnly = createSocket("udp4");
    udpOnly.on("message", (bytes, from) => {
      const response = Buffer.from(bytes);
      response.writeUInt16BE(0x8200, 2);
      udpOnly.send(response, from.port, from.address);
    });
    await new Promise<void>((resolve) => udpOnly.bind(0, "127.0.0.1", resolve));
    const servers = [`127.0.0.1:${udpOnly.address().port}`];
    const answer = await wireResolver({ servers, tries: 1 }).resolveTxt("one.example");
    udpOnly.close();
    expect(answer).toMatchObject({
      status: "error",
      reason: "the DNS server refused the connection",
    });
  });
});

describe("the query", () => {
  test("asks for recursion and the AD bit, with EDNS0 and a size that fits", async () => {
    await ask("one.example");
    const { packet } = server.queries.findLast(({ name }) => name === "one.example") ?? {};
    expect((packet?.flags ?? 0) & (RECURSION_DESIRED | AUTHENTIC_DATA)).toBe(
      RECURSION_DESIRED | AUTHENTIC_DATA,
    );
    expect(packet?.questions).toEqual([{ type: "TXT", class: "IN", name: "one.example" }]);
    expect(packet?.additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232 }]);
  });
  test("has a random id", async () => {
    const name = "random-id.example";
    await Promise.all(Array.from({ length: 50 }, () => ask(name)));
    const ids = server.queries.filter((query) => query.name === name).map(({ id }) => id);
    expect(ids.length).toBe(50);
    expect(new Set(ids).size).toBeGreaterThan(40);
  });
});

describe("names that must not reach DNS", () => {
  const names = [
    "",
    ".",
    "a..b",
    "a b",
    "../a",
    "a.example.",
    "a\u0000",
    "x".repeat(64),
    `${"a.".repeat(127)}b`,
    '"',
  ];
  test.each(names)("%j", async (name) => {
    const before = server.count();
    expect(await ask(name)).toMatchObject({
      status: "error",
      reason: expect.stringMatching(/no server was asked/),
    });
    expect(server.count()).toBe(before);
  });
});

describe("options", () => {
  const addresses = [
    "",
    "dns.example",
    "192.0.2.256",
    "192.0.2.1:0",
    "192.0.2.1:65536",
    "192.0.2.1:",
    "[192.0.2.1]",
    "[::1",
    "::1:x",
    "[::1]:",
  ];
  test.each(addresses)("the server %j is refused", (address) => {
    expect(() => wireResolver({ servers: [address] })).toThrow(
      expect.objectContaining({ code: "bad-server" }),
    );
  });
  test.each(["192.0.2.1", "192.0.2.1:53", "::1", "[::1]", "[2001:db8::53]:5353"])(
    "%s",
    (address) => {
      expect(wireResolver({ servers: [address] })).toBeDefined();
    },
  );
  test.each([{ servers: [] }, { timeoutMs: 0 }, { tries: 0 }])("%j", (options) => {
    expect(() => wireResolver({ servers: ["192.0.2.1"], ...options })).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });
});

test("a key source over the wire", async () => {
  const keys = keySource(wireResolver({ servers: [server.address] }));
  const lookup = await keys.find("key", "example.com");
  expect(lookup).toMatchObject({ status: "found", ttlSeconds: 60, authenticated: false });
  const [candidate] = lookup.status === "found" ? lookup.candidates : [];
  expect(candidate?.ok && candidate.publicKey?.equals(rsaKey.publicKey)).toBe(true);
  expect(keys.find("key", "example.com")).toBe(lookup);
});

test("no lookup has left a socket behind", async () => {
  const kinds = new Set(["UDPWrap", "TCPSocketWrap"]);
  const open = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kinds.has(kind)).length;
  // The two servers' own; what is closed goes a moment later.
  await expect.poll(open).toBe(2);
});
