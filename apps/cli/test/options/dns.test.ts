import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { resolverFor } from "../../src/options/dns.ts";

const directory = temporaryDirectory("file");

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const json = file("zone.json", '{"s._domainkey.a.example": ["v=DKIM1; p="]}');
const zone = file("zone", 's._domainkey.a.example. IN TXT "v=DKIM1; p="\n');

test.each([
  ["JSON", json],
  ["a zone file", zone],
])("lookups are answered from %s", async (_, dns) => {
  const resolver = await resolverFor({ dns });
  expect(await resolver.resolveTxt("s._domainkey.a.example")).toMatchObject({
    status: "found",
    records: ["v=DKIM1; p="],
  });
  expect(await resolver.resolveTxt("t._domainkey.a.example")).toMatchObject({
    status: "nxdomain",
  });
});

describe("a source of DNS answers that cannot be used", () => {
  test.each([
    [{ dns: json, resolver: "127.0.0.1" }, 2, /exclude each other; give only one/],
    [{ resolver: "127.0.0.1", doh: "https://dns.example/" }, 2, /exclude each other/],
    [{ resolver: "ns.example" }, 2, /IP address of a DNS server/],
    [{ doh: "not a url" }, 2, /./],
    [{ dns: join(directory, "none") }, 3, /there is no such file/],
    [{ dns: file("broken.json", "{ nope") }, 3, /broken\.json: .*JSON/],
  ])("%j ends with exit code %i", async (options, exitCode, message) => {
    await expect(resolverFor(options)).rejects.toMatchObject({
      name: "CommandFailure",
      exitCode,
      message: expect.stringMatching(message) as string,
    });
  });
});
