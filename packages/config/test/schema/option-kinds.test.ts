import { expect, test } from "vitest";
import { configSchema } from "../../src/schema/config-schema.ts";
import { configJsonSchema } from "../../src/schema/json-schema.ts";
import { optionsOfKind } from "../../src/schema/option-kinds.ts";

test("paths", () => {
  expect([...optionsOfKind(configSchema, "path")].toSorted()).toEqual([
    "certificate",
    "database",
    "file",
    "journal",
    "key",
    "module",
    "passphraseFile",
    "passwordFile",
    "spoolDirectory",
    "tokenFile",
    "usersFile",
    "zone",
  ]);
});

test("secrets", () => {
  expect([...optionsOfKind(configSchema, "secret")].toSorted()).toEqual([
    "keyText",
    "password",
    "token",
  ]);
});

test("servers", () => {
  expect([...optionsOfKind(configSchema, "server")].toSorted()).toEqual(["monitor", "servers"]);
});

test("every option that is described as a file or directory is a path", () => {
  const paths = optionsOfKind(configSchema, "path");
  const unmarked = describedOptions(configJsonSchema()).filter(
    ([name, description]) =>
      (/(?:File|Directory)$/.test(name) || /^(?:\S+ )?(?:file|directory)\b/i.test(description)) &&
      !paths.has(name),
  );
  expect(unmarked).toEqual([]);
});

function describedOptions(
  schema: unknown,
  found: (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  if (typeof schema !== "object" || schema === null) return found;
  for (const [key, part] of Object.entries(schema)) {
    if (key === "properties") {
      const options = Object.entries(part as Record<string, { description?: string }>);
      for (const [name, { description = "" }] of options) found.push([name, description]);
    }
    describedOptions(part, found);
  }
  return found;
}
