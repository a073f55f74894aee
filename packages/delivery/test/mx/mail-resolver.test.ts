import { startDnsServer } from "@mailseal/testkit/dns-server";
import { expect, onTestFinished, test } from "vitest";
import { type MailResolver, nodeMailResolver } from "../../src/mx/mail-resolver.ts";

async function startResolver(): Promise<MailResolver> {
  const server = await startDnsServer({
    "mx.example.net": { a: ["192.0.2.1", "192.0.2.2"] },
    "_mta-sts.example.net": { txt: [["v=STSv1;", " id=1"], "other"] },
    "broken.example": { rcode: "SERVFAIL" },
  });
  onTestFinished(() => server.close());
  return nodeMailResolver({ servers: [server.address], timeoutMs: 5000 });
}

test("finds addresses, and texts with their strings joined", async () => {
  const resolver = await startResolver();
  expect(await resolver.addresses("mx.example.net", "ipv4")).toEqual(["192.0.2.1", "192.0.2.2"]);
  expect(await resolver.addresses("mx.example.net", "any")).toEqual(["192.0.2.1", "192.0.2.2"]);
  expect(await resolver.text("_mta-sts.example.net")).toEqual(["v=STSv1; id=1", "other"]);
});

test("a record or name that does not exist is absent", async () => {
  const resolver = await startResolver();
  expect(await resolver.mx("nowhere.example")).toBe("absent");
  expect(await resolver.addresses("nowhere.example", "any")).toBe("absent");
  expect(await resolver.addresses("mx.example.net", "ipv6")).toBe("absent");
  expect(await resolver.text("mx.example.net")).toBe("absent");
});

test.each(["example..net", ".example.net", `${"a".repeat(64)}.example.net`, "exam ple.net"])(
  "a name that DNS cannot have is absent, so that its mail fails at once: %s",
  async (name) => {
    const resolver = await startResolver();
    expect(await resolver.mx(name)).toBe("absent");
    expect(await resolver.addresses(name, "any")).toBe("absent");
  },
);

test("rejects if DNS fails", async () => {
  const resolver = await startResolver();
  await expect(resolver.mx("broken.example")).rejects.toThrow("ESERVFAIL");
  await expect(resolver.addresses("broken.example", "any")).rejects.toThrow("ESERVFAIL");
});
