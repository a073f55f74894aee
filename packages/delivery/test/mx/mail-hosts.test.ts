import { describe, expect, test } from "vitest";
import { mailHosts, type MailHostsOptions } from "../../src/mx/mail-hosts.ts";
import type { MailResolver, MxRecord } from "../../src/mx/mail-resolver.ts";

function zone(
  mx: Readonly<Record<string, readonly MxRecord[] | "fails">>,
  hosts: Readonly<Record<string, readonly string[]>>,
): MailResolver {
  return {
    mx: async (domain) => {
      const answer = mx[domain] ?? "absent";
      if (answer === "fails") throw new Error("SERVFAIL");
      return answer;
    },
    addresses: async (host, family) => {
      const all = hosts[host] ?? [];
      const wanted = all.filter(
        (address) => family === "any" || address.includes(":") === (family === "ipv6"),
      );
      return wanted.length === 0 ? "absent" : wanted;
    },
    text: async () => "absent",
  };
}

const resolver = zone(
  {
    "example.net": [
      { preference: 20, host: "c.example.net" },
      { preference: 10, host: "a.example.net" },
      { preference: 10, host: "b.example.net" },
    ],
    "null.example": [{ preference: 0, host: "" }],
    "broken.example": "fails",
    "loop.example": [
      { preference: 10, host: "Us.test." },
      { preference: 10, host: "a.example.net" },
      { preference: 20, host: "c.example.net" },
    ],
    "behind.example": [
      { preference: 10, host: "a.example.net" },
      { preference: 20, host: "us.test" },
      { preference: 30, host: "c.example.net" },
    ],
    "lame.example": [{ preference: 10, host: "nowhere.example" }],
  },
  {
    "a.example.net": ["2001:db8::a", "192.0.2.1"],
    "b.example.net": ["192.0.2.2"],
    "c.example.net": ["192.0.2.3"],
    "plain.example": ["192.0.2.9"],
  },
);

function options(changes: Partial<MailHostsOptions> = {}): MailHostsOptions {
  return {
    resolver,
    family: "any",
    addressLiterals: false,
    hostname: "us.test",
    random: () => 0.5,
    ...changes,
  };
}

async function addresses(domain: string, changes?: Partial<MailHostsOptions>): Promise<string[]> {
  return (await mailHosts(domain, options(changes))).map(({ address }) => address);
}

describe("RFC 5321 5.1: the hosts for mail to a domain", () => {
  test("MX hosts by preference, in random order among equals", async () => {
    expect(await addresses("example.net")).toEqual([
      "2001:db8::a",
      "192.0.2.1",
      "192.0.2.2",
      "192.0.2.3",
    ]);
    const falling = [0.9, 0.8, 0.1];
    expect(
      await addresses("example.net", { random: () => falling.shift() ?? 0, family: "ipv4" }),
    ).toEqual(["192.0.2.2", "192.0.2.1", "192.0.2.3"]);
  });

  test("the domain itself if it has no MX", async () => {
    expect(await addresses("plain.example")).toEqual(["192.0.2.9"]);
    await expect(addresses("plain.example", { family: "ipv6" })).rejects.toMatchObject({
      reply: { code: 550, enhancedCode: "5.1.2" },
    });
  });

  test("hosts before ourselves only", async () => {
    expect(await addresses("behind.example", { family: "ipv4" })).toEqual(["192.0.2.1"]);
  });

  test.each([
    ["nothing.example", 550, "5.1.2"],
    ["null.example", 550, "5.1.10"],
    ["broken.example", 451, "4.4.3"],
    ["loop.example", 550, "5.4.6"],
    ["lame.example", 451, "4.4.4"],
    ["[192.0.2.7]", 550, "5.1.2"],
  ])("%s: %i %s", async (domain, code, enhancedCode) => {
    await expect(addresses(domain)).rejects.toMatchObject({ reply: { code, enhancedCode } });
  });

  test("address literals if they are allowed", async () => {
    const allowed = { addressLiterals: true };
    expect(await addresses("[192.0.2.7]", allowed)).toEqual(["192.0.2.7"]);
    expect(await addresses("[IPv6:2001:db8::7]", allowed)).toEqual(["2001:db8::7"]);
    await expect(addresses("[example.net]", allowed)).rejects.toMatchObject({
      reply: { code: 550 },
    });
  });
});
