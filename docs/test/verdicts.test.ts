import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { isProven, remedies } from "@mailseal/verifier/explain";
import { expect, test } from "vitest";
import { table } from "../site/markdown.ts";
import { readRepository } from "../site/repository.ts";

const file = join(repositoryRoot, "docs/reference/verdicts.md");
const page = readFileSync(file, "utf8");
const begin = "<!-- causes: written by docs/test/verdicts.test.ts, with UPDATE_DOCS=1 -->\n";
const end = "<!-- /causes -->";

/** The members of a union of texts in a source. */
function membersOf(source: string, type: string): readonly string[] {
  const [, union = ""] =
    new RegExp(`export type ${type} =([^;]*);`).exec(readRepository(source)) ?? [];
  return Array.from(union.matchAll(/\| "([\w-]+)"/g), ([, member = ""]) => member);
}

/** The codes in the first column of the tables. */
const documented = Array.from(page.matchAll(/^\| `([\w:-]+)`\s*\|/gm), ([, code = ""]) => code);

test("every verdict code is documented, with its meaning and what to do, and no other", () => {
  const codes = membersOf("packages/verifier/src/verdict.ts", "VerdictCode");
  const syntax = [
    ...membersOf("packages/syntax/src/signature/dkim-signature.ts", "SignatureErrorCode"),
    ...membersOf("packages/syntax/src/signature/tag-list.ts", "TagListErrorCode"),
    // The first member of a union on one line has no "|".
    "syntax",
  ].map((code) => `syntax:${code}`);
  const causes = Object.keys(remedies);
  const verdicts = documented.filter((code) => !causes.includes(code) || codes.includes(code));
  expect(codes.length).toBeGreaterThan(20);
  expect([...new Set(verdicts)].toSorted()).toEqual([...new Set([...codes, ...syntax])].toSorted());
});

test("every row of a verdict says what to do", () => {
  const rows = page.split("## Causes")[0]?.match(/^\| `[\w-]+`\s*\|.*$/gm) ?? [];
  for (const row of rows) {
    const [, , meaning = "", action = ""] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    expect([meaning.length > 10, action.length > 6], row).toEqual([true, true]);
  }
});

test("the table of causes is that of the verifier", () => {
  const written = causeTable();
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)];
  if (process.env["UPDATE_DOCS"] === "1") {
    writeFileSync(file, `${page.slice(0, from)}\n${written}\n\n${page.slice(to)}`);
    return;
  }
  expect(plain(page.slice(from, to))).toBe(plain(written));
});

function causeTable(): string {
  return table(
    ["cause", "proven", "what to do"],
    Object.entries(remedies).map(([code, remedy]) => [
      `\`${code}\``,
      isProven(code as keyof typeof remedies) ? "yes" : "",
      remedy,
    ]),
  );
}

/** The formatter pads the cells. */
function plain(text: string): string {
  return text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trim();
}
