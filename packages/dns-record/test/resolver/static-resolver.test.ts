import { describe, expect, test } from "vitest";
import { parseZone, type StaticAnswer, staticResolver, zoneFromJson } from "../../src/index.ts";

const chain = (length: number): [string, StaticAnswer][] =>
  Array.from({ length }, (_, index) => [`c${index}`, { cname: `C${index + 1}.` }]);

const resolver = staticResolver(
  new Map<string, StaticAnswer>([
    ["S._domainkey.Example.com.", ["one", "two"]],
    ["empty", []],
    ["fails", { error: "servfail" }],
    ["silent", { error: "timeout" }],
    ["gone", { error: "nxdomain" }],
    ["alias", { cname: "s._domainkey.example.com" }],
    ["dangling", { cname: "nowhere" }],
    ["to-failure", { cname: "fails" }],
    ["loop", { cname: "loop" }],
    ["ping", { cname: "pong" }],
    ["pong", { cname: "ping" }],
    ...chain(9),
    ["c9", ["end"]],
  ]),
);

describe("each outcome is its own", () => {
  const found = { status: "found", records: ["one", "two"] };
  const cases: readonly (readonly [string, unknown])[] = [
    ["s._domainkey.example.com", found],
    ["S._DOMAINKEY.example.COM.", found],
    ["alias", { ...found, canonicalName: "s._domainkey.example.com" }],
    ["empty", { status: "nodata" }],
    ["gone", { status: "nxdomain" }],
    ["nowhere", { status: "nxdomain" }],
    ["dangling", { status: "nxdomain" }],
    ["__proto__", { status: "nxdomain" }],
    ["constructor", { status: "nxdomain" }],
    ["fails", { status: "servfail", reason: expect.any(String) }],
    ["to-failure", { status: "servfail", reason: expect.any(String) }],
    ["silent", { status: "timeout", reason: expect.any(String) }],
    ["c1", { status: "found", records: ["end"], canonicalName: "c9" }],
    ["c0", { status: "servfail", reason: expect.stringMatching(/CNAME/) }],
    ["loop", { status: "servfail", reason: expect.stringMatching(/loop/) }],
    ["ping", { status: "servfail", reason: expect.stringMatching(/loop/) }],
  ];
  test.each(cases)("%s", async (name, answer) => {
    expect(await resolver.resolveTxt(name)).toEqual(answer);
  });
});

test("a zone from JSON", async () => {
  const fromJson = staticResolver(zoneFromJson({ "A.b": ["x"] }));
  expect(await fromJson.resolveTxt("a.B")).toEqual({ status: "found", records: ["x"] });
});

describe("wildcards (RFC 4592)", () => {
  const wild = staticResolver(
    parseZone(
      `*.example.com. IN TXT "wild"\nhost.example.com. IN TXT "host"\n_a._b.example.com. IN TXT "deep"`,
    ),
  );
  test.each([
    ["x.example.com", { status: "found", records: ["wild"] }],
    ["y.x.example.com", { status: "found", records: ["wild"] }],
    ["host.example.com", { status: "found", records: ["host"] }],
    ["below.host.example.com", { status: "nxdomain" }],
    ["_b.example.com", { status: "nodata" }],
    ["x._b.example.com", { status: "nxdomain" }],
    ["example.com", { status: "nodata" }],
    ["example.net", { status: "nxdomain" }],
  ])("%s", async (name, answer) => {
    expect(await wild.resolveTxt(name)).toEqual(answer);
  });
});

test("owners without an origin answer for every domain, the longest first", async () => {
  const relative = staticResolver(
    parseZone(`s._domainkey IN TXT "one"\ns._domainkey.mail IN TXT "two"\nabs. IN TXT "three"`),
  );
  const records = async (name: string): Promise<unknown> => {
    const answer = await relative.resolveTxt(name);
    return answer.status === "found" ? answer.records : answer.status;
  };
  expect(await records("s._domainkey.example.com")).toEqual(["one"]);
  expect(await records("s._domainkey.mail.example.com")).toEqual(["two"]);
  expect(await records("abs.example.com")).toBe("nxdomain");
  expect(await records("t._domainkey.example.com")).toBe("nxdomain");
});
