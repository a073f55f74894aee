import { readdirSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { KeyDatabase } from "@mailseal/policy/keys";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { postfixRoot } from "./support/postfix-root.ts";

test("the key database is read without leaving a file beside it", async () => {
  const directory = temporaryDirectory("test");
  const keyFile = writeTestFile(directory, "s.key", generateKey({ type: "ed25519" }).toPem());
  const database = join(directory, "db/keys.db");
  writeTestFile(directory, "db/other", "");
  const table = new KeyDatabase(database);
  table.add("example.com", "mail", keyFile);
  table.close();
  const before = readdirSync(join(directory, "db"));
  const { installation } = postfixRoot({ config: `keys: { database: "${database}" }\n` });
  expect(await installation.keys()).toMatchObject([
    { domain: "example.com", selector: "mail", file: keyFile, answer: { status: "found" } },
  ]);
  expect(readdirSync(join(directory, "db"))).toEqual(before);
  const copy = (await installation.config()).keys.database ?? "";
  await installation.close();
  expect(() => readdirSync(join(copy, ".."))).toThrow(/ENOENT/);
});

test("a database that does not exist is not made", async () => {
  const directory = temporaryDirectory("test");
  const { installation } = postfixRoot({
    config: `keys: { database: "${join(directory, "keys.db")}" }\n`,
  });
  expect(await installation.keys()).toEqual([]);
  expect(readdirSync(directory)).toEqual([]);
});

test("variables of the unit replace those in the config", async () => {
  const { installation } = postfixRoot({
    config: "hostname: ${NAME_OF_HOST}\n",
    unit: ['Environment="OTHER=1" NAME_OF_HOST=mx.example.com'],
  });
  expect((await installation.config()).hostname).toBe("mx.example.com");
});
