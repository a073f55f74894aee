import { Resolver } from "node:dns/promises";
import { expect, onTestFinished, test } from "vitest";
import { startDnsServer } from "../src/dns-server.ts";

test("the DNS server answers each type of question with the records of that type", async () => {
  const exchange = "mx.example.net";
  const dns = await startDnsServer({
    "example.net": { mx: [{ preference: 10, exchange }], a: ["192.0.2.1"] },
  });
  onTestFinished(() => dns.close());
  const resolver = new Resolver();
  resolver.setServers([dns.address]);
  expect(await resolver.resolveMx("example.net")).toMatchObject([{ priority: 10, exchange }]);
  expect(await resolver.resolve4("example.net")).toEqual(["192.0.2.1"]);
  await expect(resolver.resolveMx("example.org")).rejects.toThrow("ENOTFOUND");
});
