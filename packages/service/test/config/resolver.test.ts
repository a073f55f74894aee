import { configSchema } from "@mailseal/config";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { resolverOf } from "../../src/config/resolver.ts";

function resolverFrom(zone: string): ReturnType<typeof resolverOf> {
  return resolverOf(configSchema.parse({ dns: { zone } }).dns);
}

test.each([
  ["a zone file", 'k._domainkey.example.com. TXT "v=DKIM1; p="\n'],
  ["JSON", '{"k._domainkey.example.com": ["v=DKIM1; p="]}'],
])("keys are asked for in %s", async (_, text) => {
  const resolver = await resolverFrom(
    writeTestFile(temporaryDirectory("test"), "file", text, 0o644),
  );
  expect(await resolver.resolveTxt("k._domainkey.example.com")).toEqual({
    status: "found",
    records: ["v=DKIM1; p="],
  });
});

test("a zone that cannot be used is one line that names the file", async () => {
  await expect(
    resolverFrom(writeTestFile(temporaryDirectory("test"), "file", '{"a": [', 0o644)),
  ).rejects.toMatchObject({
    name: "ServiceError",
    code: "config",
    message: expect.stringMatching(/^dns\.zone \/.*: not valid JSON: /),
  });
  await expect(resolverFrom("/nowhere/zone")).rejects.toMatchObject({
    name: "ServiceError",
    code: "config",
  });
});
