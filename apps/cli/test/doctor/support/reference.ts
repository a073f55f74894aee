import { readFileSync, writeFileSync } from "node:fs";
import type { findingKinds } from "../../../src/doctor/finding-kinds.ts";

const start =
  "<!-- findings: written by UPDATE_DOCS=1 vitest run test/doctor/finding-kinds.test.ts -->\n";
const end = "<!-- end of findings -->\n";

/** The sections of the reference for these kinds. With UPDATE_DOCS=1, writes them into the page first. */
export function updateDocument(
  page: string,
  kinds: readonly (typeof findingKinds extends ReadonlyMap<infer Name, infer Kind>
    ? readonly [Name, Kind]
    : never)[],
): string {
  const sections = kinds
    .map(
      ([name, { level, title, why, remedy }]) =>
        `### ${name}\n\n${title}. (${level})\n\n${why}\n\n${remedy}\n`,
    )
    .join("\n");
  const generated = `${start}\n${sections}\n${end}`;
  if (process.env["UPDATE_DOCS"] === "1") {
    const text = readFileSync(page, "utf8");
    writeFileSync(
      page,
      text.slice(0, text.indexOf(start)) + generated + text.slice(text.indexOf(end) + end.length),
    );
  }
  return generated;
}
