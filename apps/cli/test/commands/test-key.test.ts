import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { generatedKey } from "../generated-key.ts";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const zoneFile = join(directory, "zone.json");
const rsa = generatedKey(directory, "-s", "mail");
const ed = generatedKey(directory, "-s", "ed", "--type", "ed25519");
const nameOf = (selector: string): string => `${selector}._domainkey.example.com`;
writeFileSync(
  zoneFile,
  JSON.stringify({
    [rsa.name]: [rsa.record],
    [nameOf("revoked")]: ["v=DKIM1; p="],
    [nameOf("broken")]: ["v=DKIM1; p=!"],
    [nameOf("silent")]: { error: "timeout" },
  }),
);

const cases: readonly (readonly [
  name: string,
  selector: string,
  file: string,
  result: string,
  code: number,
])[] = [
  ["the key that is published", "mail", rsa.key, "match", 0],
  ["another key", "mail", ed.key, "mismatch", 1],
  ["no record", "other", rsa.key, "missing", 1],
  ["a revoked key", "revoked", rsa.key, "revoked", 1],
  ["a record that is not a key record", "broken", rsa.key, "unusable", 1],
  ["a failure of DNS", "silent", rsa.key, "dns-failure", 75],
];

test.each(cases)("%s in DNS is reported as a result", (_, selector, file, result, code) => {
  const args = ["test-key", "-d", "example.com", "-s", selector, "-k", file, "--dns", zoneFile];
  const text = mailseal(args);
  expect(text.stdout).toMatch(
    new RegExp(`^${result}\\n {2}${selector}\\._domainkey\\.example\\.com: `),
  );
  expect({ code: text.code, stderr: text.stderr }).toEqual({ code, stderr: "" });
  const json = mailseal([...args, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ name: nameOf(selector), result });
  expect(json.code).toBe(code);
});
