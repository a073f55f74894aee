import { expect, test } from "vitest";
import { optionAliases } from "../../src/checks/option-aliases.ts";
import { configJsonSchema } from "../../src/schema/json-schema.ts";

test("every alias stands for an option of the schema", () => {
  const schema = JSON.stringify(configJsonSchema());
  const unknown = [...optionAliases.values()].filter((name) => !schema.includes(`"${name}":{`));
  expect(unknown).toEqual([]);
});

test("aliases are in lower case, as they are looked up", () => {
  const names = [...optionAliases.keys()];
  expect(names).toEqual(names.map((name) => name.toLowerCase()));
});
