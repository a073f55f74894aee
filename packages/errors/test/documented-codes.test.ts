import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";

/** The packages that throw errors of their own, by their folder. */
const packages = globSync(["packages/*/src/errors.ts", "apps/*/src/errors.ts"], {
  cwd: repositoryRoot,
})
  .map((file) => dirname(dirname(file)))
  .toSorted();

const read = (...path: readonly string[]): string =>
  readFileSync(join(repositoryRoot, ...path), "utf8");

function captured(text: string, pattern: RegExp): readonly string[] {
  return Array.from(text.matchAll(pattern), ([, found = ""]) => found);
}

/** The members of every union of error codes that a source declares. */
function declaredCodes(source: string): readonly string[] {
  return [...source.matchAll(/^export type \w+ErrorCode =([^;]+);/gm)]
    .flatMap(([, union = ""]) => captured(union, /"([^"]+)"/g))
    .toSorted();
}

/** The codes in the first column of the table under the heading Errors. */
function documentedCodes(readme: string): readonly string[] {
  const [, section = ""] = /^## Errors\n(.*?)(?=^## |(?![^]))/ms.exec(readme) ?? [];
  const rows = [...section.matchAll(/^\|([^|]*)\|/gm)].slice(2);
  return rows.flatMap(([, cell = ""]) => captured(cell, /`([^`]+)`/g)).toSorted();
}

test("the packages with errors are found", () => {
  expect(packages).toContain("packages/crypto");
  expect(declaredCodes('export type XErrorCode =\n  | "a"\n  | "b";')).toEqual(["a", "b"]);
  expect(documentedCodes("## Errors\n\n| code | when |\n| - | - |\n| `b`, `a` | x |\n")).toEqual([
    "a",
    "b",
  ]);
});

/** The programs that are libraries as well, with `service` bundled into them: their users meet its errors. */
const programs = globSync("apps/*/src/index.ts", { cwd: repositoryRoot })
  .filter((file) => read(file).includes('from "@mailseal/service"'))
  .map((file) => dirname(dirname(file)))
  .toSorted();

test("the programs that are libraries are found", () => {
  expect(programs).toEqual(["apps/relay", "apps/worker"]);
});

describe.each([...new Set([...packages, ...programs])])("%s", (folder) => {
  test("its README lists exactly the codes that its errors can have", () => {
    const declared = [folder, ...(programs.includes(folder) ? ["packages/service"] : [])]
      .filter((it) => packages.includes(it))
      .flatMap((it) => declaredCodes(read(it, "src/errors.ts")))
      .toSorted();
    expect(declared).not.toEqual([]);
    expect(documentedCodes(read(folder, "README.md"))).toEqual(declared);
  });
});

describe.each(packages)("%s", (folder) => {
  test("its errors extend MailsealError", () => {
    const bases = captured(read(folder, "src/errors.ts"), /^export class \w+ extends (\w+)/gm);
    expect(bases).not.toEqual([]);
    expect(new Set(bases)).toEqual(new Set(["MailsealError"]));
  });
});

/** Signals that the code which calls catches and turns into an error of its package, a reply or an exit code. */
const signals: ReadonlySet<string> = new Set([
  "CommandFailure",
  "ConnectionLost",
  "DamageFound",
  "ImportError",
  "NotKnown",
  "SourceSyntaxError",
  "ReplyError",
  "SchemaVersionError",
  "SetupError",
  "SqliteMissingError",
]);

test("only signals between functions extend Error itself", () => {
  const sources = globSync(["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"], {
    cwd: repositoryRoot,
  });
  const found = sources
    .filter((file) => existsSync(join(repositoryRoot, file)))
    .flatMap((file) => captured(read(file), /^(?:export )?class (\w+) extends Error\b/gm))
    .filter((name) => name !== "MailsealError");
  expect(new Set(found)).toEqual(signals);
});
