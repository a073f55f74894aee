import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { verificationDefaults } from "../../src/schema/verification.ts";

const root = new URL("../../../../", import.meta.url);
const page = readFileSync(new URL("docs/explanations/security.md", root), "utf8");
const configuration = readFileSync(new URL("docs/reference/configuration.md", root), "utf8");

test("every test that docs/explanations/security.md names exists", () => {
  const named = [...page.matchAll(/`([^`\n]+\.test\.ts) › ([^`\n]+)`/g)];
  expect(named.length).toBeGreaterThan(80);
  expect(page.split(" › ").length - 1).toBe(named.length);
  const missing = named.filter(([, file = "", title = ""]) => !hasTest(file, title));
  expect(missing.map(([text]) => text)).toEqual([]);
});

test.each(["explanations/security.md", "guides/hardening.md"])(
  "every link in docs/%s leads to a file",
  (name) => {
    const file = new URL(`docs/${name}`, root);
    const text = readFileSync(file, "utf8");
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => link);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !existsSync(new URL(link, file)))).toEqual([]);
  },
);

test("every option in docs/explanations/security.md exists, with that default", () => {
  const options = [...rowsBySection(page)];
  expect(options.length).toBeGreaterThan(50);
  const real = new Map(
    [...rowsBySection(configuration)].map(({ section, name, cells }) => [
      `${section} ${name}`,
      cells[1] ?? "",
    ]),
  );
  const wrong = options.flatMap(({ section, name, cells: [documented = ""] }) => {
    const expected = defaultOf(section, name, real.get(`${section} ${name}`));
    if (expected === undefined) return [`${section} ${name}: no such option`];
    // Where the schema has no default, the page says in words what happens.
    return expected === "" || expected === documented ? [] : [`${section} ${name}: ${expected}`];
  });
  expect(wrong).toEqual([]);
});

/** A title is the first argument of `test` or `describe`, or of what their `each` returns. */
function hasTest(file: string, title: string): boolean {
  const path = new URL(file, root);
  if (!existsSync(path)) return false;
  const text = readFileSync(path, "utf8");
  return ['"', "`"].some((quote) =>
    text.replaceAll(/\(\s+/g, "(").includes(`(${quote}${title}${quote},`),
  );
}

interface OptionRow {
  readonly section: string;
  readonly name: string;
  /** What follows the name. */
  readonly cells: readonly string[];
}

/** The rows of tables whose first cell is an option, with the `###` heading above them. */
function* rowsBySection(text: string): Generator<OptionRow> {
  let section = "";
  for (const line of text.split("\n")) {
    section = /^#{2,3} (.*)$/.exec(line)?.[1] ?? section;
    const [, name, rest] = /^\| `([\w.$]+)`\s*\|(.*)\|$/.exec(line) ?? [];
    if (name !== undefined && rest !== undefined) {
      yield { section, name, cells: rest.split(/(?<!\\)\|/).map((cell) => cell.trim()) };
    }
  }
}

/** Undefined: no such option; empty: the schema has no default. */
function defaultOf(section: string, name: string, schema: string | undefined): string | undefined {
  if (section !== "verification" || schema === undefined) return schema;
  const { actions, ...others } = verificationDefaults;
  const flat = Object.entries(actions).map(([result, action]) => [`actions.${result}`, action]);
  const value = new Map([...Object.entries(others), ...flat] as [string, unknown][]).get(name);
  return value === undefined ? "" : `\`${String(value)}\``;
}
