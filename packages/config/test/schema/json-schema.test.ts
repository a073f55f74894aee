import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configJsonSchema, durationOptions } from "../../src/schema/json-schema.ts";

const file = new URL("../../schema/config.schema.json", import.meta.url);

test("the JSON Schema in the package is the one of the code (UPDATE_SCHEMA=1 writes it)", () => {
  const schema = `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`;
  if (process.env["UPDATE_SCHEMA"] === "1") {
    writeFileSync(file, schema);
  }
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(schema));
});

test("every option has a description", () => {
  const silent: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) {
      return;
    }
    for (const [name, part] of Object.entries(value)) {
      if (name === "properties") {
        for (const [option, schema] of Object.entries(part as Record<string, object>)) {
          if (!("description" in schema)) {
            silent.push(`${path}.${option}`);
          }
        }
      }
      walk(part, `${path}/${name}`);
    }
  };
  walk(configJsonSchema(), "");
  expect([...new Set(silent.map((path) => path.split(".").at(-1)))]).toEqual([]);
});

test("options that hold a duration are found in the schema", () => {
  expect([...durationOptions("verification")].toSorted()).toEqual(["clockSkew", "maximumAge"]);
  expect([...durationOptions("signing")]).toEqual(["expireAfter"]);
});
