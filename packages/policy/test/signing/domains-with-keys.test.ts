import { configSchema } from "@mailseal/config";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { KeyDatabase } from "../../src/keys/key-database.ts";
import { type DomainWithKeys, domainsWithKeys } from "../../src/signing/domains-with-keys.ts";

const directory = temporaryDirectory("file");

async function found(config: object): Promise<readonly DomainWithKeys[]> {
  const domains: DomainWithKeys[] = [];
  for await (const it of domainsWithKeys(configSchema.parse(config))) domains.push(it);
  return domains.toSorted((one, other) => (one.domain < other.domain ? -1 : 1));
}

test("finds the domains whose key files match a path with %{d}", async () => {
  for (const file of ["one.example/s1.key", "two.example/s1.key", "three.example/s2.key"]) {
    writeTestFile(directory, file, "any content");
  }
  writeTestFile(directory, "not a domain/s1.key", "any content");
  const key = `${directory}/%{d}/%{s}.key`;
  expect(await found({ signing: { key, selector: "s1" } })).toEqual([
    { domain: "one.example" },
    { domain: "two.example" },
  ]);
  expect(await found({ bindings: { pool: { signing: { key, selector: "s2" } } } })).toEqual([
    { domain: "three.example", binding: "pool" },
  ]);
});

test("finds nothing in a path whose selector the config does not set", async () => {
  expect(await found({ signing: { key: `${directory}/%{d}/%{s}.key` } })).toEqual([]);
});

test("finds the domains in the key database", async () => {
  const database = `${directory}/keys.db`;
  const rows = new KeyDatabase(database);
  rows.add("four.example", "s1", `${directory}/four.key`);
  rows.add("four.example", "s2", `${directory}/four.key`);
  rows.close();
  expect(await found({ keys: { database } })).toEqual([{ domain: "four.example" }]);
});
