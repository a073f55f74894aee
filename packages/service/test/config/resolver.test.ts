import { configSchema } from "@mailseal/config";
import { expect, test } from "vitest";
import { resolverOf } from "../../src/config/resolver.ts";
import { writeFile } from "../temporary-directory.ts";

function resolverFrom(zone: string): ReturnType<typeof resolverOf> {
  return resolverOf(configSchema.parse({ dns: { zone } }).dns);
}

test.each([
  ["a zone file", 'k._domainkey.example.com. TXT "v=DKIM1; p="\n'],
  ["JSON", '{"k._domainkey.example.com": ["v=DKIM1; p="]}'],
])("keys are asked for in %s", async (_, text) => {
  const resolver = await resolverFrom(writeFile(text, 0o644));
  expect(await resolver.resolveTxt("k._domainkey.example.com")).toEqual({
    status: "found",
    records: ["v=DKIM1; p="],
  });
});

test("a zone that cannot be used is one line that names the file", async () => {
  await expect(resolverFrom(writeFile('{"a": [', 0o644))).rejects.toMatchObject({
    name: "ServiceError",
    code: "config",
    message: expect.stringMatching(/^dns\.zone \/.*: not valid JSON: /),
  });
  await expect(resolverFrom("/nowhere/zone")).rejects.toMatchObject({
    name: "ServiceError",
    code: "config",
  });
});
