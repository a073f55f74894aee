import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type FieldPreset, fieldPresetNames, fieldPresets } from "../src/index.ts";

const names = [
  ...new Set(
    fieldPresetNames.flatMap((preset) => [
      ...fieldPresets[preset].headers,
      ...fieldPresets[preset].oversign.map((name) => name.replace("?", "")),
    ]),
  ),
];

/** A row of the table of presets: its fields, and what each preset does with them. */
interface Row {
  readonly fields: string;
  readonly cells: readonly string[];
}

function tableOf(path: string): readonly Row[] {
  const text = readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
  const [, body = ""] = /^\| field .*\n\| -.*\n((?:\|.*\n)+)/m.exec(text) ?? [];
  return body
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [fields = "", ...cells] = line
        .split("|", 5)
        .map((cell) => cell.trim())
        .slice(1);
      return { fields, cells };
    });
}

function treatment({ headers, oversign }: FieldPreset, name: string): string {
  if (oversign.includes(name)) return "oversigned";
  if (oversign.includes(`${name}?`)) return "if present";
  return headers.includes(name) ? "signed" : "not signed";
}

const treatments = (name: string): string[] =>
  fieldPresetNames.map((preset) => treatment(fieldPresets[preset], name));

test("docs/explanations/signed-fields.md argues the choice for every field of the presets", () => {
  const rows = tableOf("../../docs/explanations/signed-fields.md");
  expect(rows).toEqual(rows.map(({ fields }) => ({ fields, cells: treatments(fields) })));
  expect(rows.map(({ fields }) => fields).toSorted()).toEqual(names.toSorted());
});

test("the README has every field of the presets in one row", () => {
  const listed = new Set<string>();
  for (const { fields, cells } of tableOf("README.md")) {
    for (const pattern of fields.replaceAll("\\", "").replaceAll("other ", "").split(", ")) {
      const prefix = pattern.replace(/\*$/, "");
      const matching = names.filter(
        (name) =>
          !listed.has(name) &&
          (pattern === name || (prefix !== pattern && name.startsWith(prefix))),
      );
      expect(matching, pattern).not.toEqual([]);
      for (const name of matching) {
        expect(treatments(name), name).toEqual(cells);
        listed.add(name);
      }
    }
  }
  expect([...listed].toSorted()).toEqual(names.toSorted());
});
