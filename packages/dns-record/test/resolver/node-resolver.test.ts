import { type DnsServer, startDnsServer } from "@mailseal/testkit/dns-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeResolver, type TxtAnswer } from "../../src/index.ts";

let server: DnsServer;

beforeAll(async () => {
  server = await startDnsServer({
    "one.example": { txt: [["v=DKIM1; ", "p=AA=="]] },
    "several.example": { txt: ["a", "b"] },
    "octets.example": { txt: ["\u00ff\u00fc"] },
    "alias.example": { cname: "one.example" },
    "large.example": { txt: ["x".repeat(3000)], truncatedOverUdp: true },
    "nodata.example": {},
    "servfail.example": { rcode: "SERVFAIL" },
    "refused.example": { rcode: "REFUSED" },
    "silent.example": { silent: true },
  });
});

afterAll(() => server.close());

function ask(name: string, timeoutMs = 10_000): Promise<TxtAnswer> {
  return nodeResolver({ servers: [server.address], timeoutMs, tries: 1 }).resolveTxt(name);
}

describe("each outcome is its own", () => {
  const reason = expect.any(String);
  const cases: readonly (readonly [string, unknown])[] = [
    ["one.example", { status: "found", records: ["v=DKIM1; p=AA=="] }],
    ["several.example", { status: "found", records: ["a", "b"] }],
    ["octets.example", { status: "found", records: ["\u00ff\u00fc"] }],
    ["alias.example", { status: "found", records: ["v=DKIM1; p=AA=="] }],
    ["large.example", { status: "found", records: ["x".repeat(3000)] }],
    ["nodata.example", { status: "nodata" }],
    ["missing.example", { status: "nxdomain" }],
    ["servfail.example", { status: "servfail", reason }],
    ["refused.example", { status: "error", reason }],
  ];
  test.each(cases)("%s", async (name, answer) => {
    expect(await ask(name)).toEqual(answer);
  });

  test("silence", async () => {
    expect(await ask("silent.example", 250)).toEqual({ status: "timeout", reason });
  });
});

test.each(["", "a..b", "a b", "a.example."])("%j never reaches DNS", async (name) => {
  const before = server.count();
  expect(await ask(name)).toMatchObject({
    status: "error",
    reason: expect.stringMatching(/no server was asked/),
  });
  expect(server.count()).toBe(before);
});

test("a server that is no address is refused", () => {
  expect(() => nodeResolver({ servers: ["dns.example"] })).toThrow(
    expect.objectContaining({ code: "bad-server" }),
  );
});
