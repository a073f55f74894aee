import { expect, test } from "vitest";
import { configOptions, optionValueText } from "../../src/index.ts";

const sections = new Map(configOptions().map((section) => [section.name, section]));

test("an option has its values, its default and its meaning", () => {
  const options = sections.get("top level")?.options ?? [];
  const option = options.find(({ name }) => name === "limits.messageSize");
  expect(option).toEqual({
    name: "limits.messageSize",
    value: { kind: "type", name: "size" },
    defaultText: "50MB",
    isRequired: false,
    description: "largest message; larger ones get 552",
  });
});

test("a section has every place in the file that holds it", () => {
  expect(sections.get("top level")?.places).toEqual([]);
  expect(sections.get("smtpListener")?.places).toEqual(["listeners[]"]);
  expect(sections.get("signing")?.places).toEqual([
    "signing",
    "domains.NAME.signing",
    "bindingGroups.NAME.signing",
    "bindingGroups.NAME.domains.NAME.signing",
    "bindingGroups.NAME.bindings.NAME.signing",
    "bindingGroups.NAME.bindings.NAME.domains.NAME.signing",
    "bindings.NAME.signing",
    "bindings.NAME.domains.NAME.signing",
  ]);
});

test("only an option without a default can be required", () => {
  const options = configOptions().flatMap((section) => section.options);
  expect(options.filter(({ isRequired }) => isRequired).length).toBeGreaterThan(0);
  expect(options.filter((option) => option.isRequired && option.defaultText)).toEqual([]);
});

test("values are words, and literals are marked", () => {
  const literals = { kind: "literals", literals: ["a", "b"] } as const;
  const either = { kind: "either", values: [literals, { kind: "type", name: "integer" }] } as const;
  expect(optionValueText({ kind: "list", of: either }, (text) => `<${text}>`)).toBe(
    "list of <a>, <b> or integer",
  );
});
