import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { publishablePackages } from "../src/publishable.ts";

const packages = publishablePackages();
/** The headings below a version: ours, and those that `changeset version` writes until somebody has sorted its entries. */
const kinds = ["Breaking", "Added", "Changed", "Fixed"];
const ofChangesets = ["Major Changes", "Minor Changes", "Patch Changes"];

describe.each(packages)("the changelog of $name", ({ name, directory, manifest }) => {
  const text = readFileSync(join(directory, "CHANGELOG.md"), "utf8");
  const sections = text.split(/^## /m).slice(1);
  const latest = sections[0] ?? "";

  test("is headed by the name of the package, and begins with its version", () => {
    expect(text.split("\n", 1)[0]).toBe(`# ${name}`);
    expect(latest.split("\n", 1)[0]).toBe(manifest.version);
  });

  test("groups its entries: what breaks comes first", () => {
    const headings = Array.from(latest.matchAll(/^### (.*)$/gm), ([, heading = ""]) => heading);
    const known = headings.some((heading) => kinds.includes(heading)) ? kinds : ofChangesets;
    expect(headings.length).toBeGreaterThan(0);
    expect(headings).toEqual(known.filter((heading) => headings.includes(heading)));
    expect(latest).toMatch(/^- \S/m);
  });
});
