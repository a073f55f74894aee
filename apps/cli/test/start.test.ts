import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** What the built program imports when it starts, before any command runs; of its own files, what these import. */
function importsAtStart(file: URL, found = new Set<string>()): ReadonlySet<string> {
  const text = readFileSync(file, "utf8");
  for (const [, specifier = ""] of text.matchAll(/^(?:import|export) (?:.* from )?"([^"]+)";$/gm)) {
    if (found.has(specifier)) continue;
    found.add(specifier);
    if (specifier.startsWith("./")) importsAtStart(new URL(specifier, file), found);
  }
  return found;
}

test("the program starts without the packages that take long to load and few commands need", () => {
  const imports = importsAtStart(new URL("../dist/index.js", import.meta.url));
  expect(imports).toContain("commander");
  const slow = ["config", "policy", "queue", "rotation", "delivery"].map(
    (name) => `@mailseal/${name}`,
  );
  expect([...slow, "yaml", "@clack/prompts", "tldts"].filter((name) => imports.has(name))).toEqual(
    [],
  );
});
