import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestOf, type Program, programs, sourceOf } from "../programs.ts";
import { maintainer } from "./maintainer.ts";
import { packageVersion } from "./version.ts";

const width = 78;

/** The Debian changelog of this version: the changes that changesets has recorded for each program. */
export function changelog(date: Date): string {
  const changes = programs.flatMap((program) => sectionOf(program));
  const body = changes.length === 0 ? [asItem("New release."), ""] : changes;
  return [
    `mailseal (${packageVersion()}) unstable; urgency=medium`,
    "",
    ...body,
    ` -- ${maintainer}  ${dateOf(date)}`,
    "",
  ].join("\n");
}

/** The lines on a program: its name, its changes, and an empty line; none if nothing has changed. */
function sectionOf(program: Program): readonly string[] {
  const items = changesOf(program);
  return items.length === 0 ? [] : [`  [ ${program.name} ]`, ...items.map(asItem), ""];
}

/** The items below the heading of the program's version in its CHANGELOG.md. */
function changesOf(program: Program): readonly string[] {
  const file = join(sourceOf(program), "CHANGELOG.md");
  if (!existsSync(file)) return [];
  return itemsOf(readFileSync(file, "utf8"), manifestOf(program).version);
}

/** The items of one version in a changelog as changesets writes it, each in one line, without those on dependencies. */
export function itemsOf(markdown: string, version: string): readonly string[] {
  const section = markdown
    .split(/^## /m)
    .find((text) => text.split("\n", 1)[0]?.trim() === version);
  if (section === undefined) return [];
  return section
    .split(/^- /m)
    .slice(1)
    .map((item) => item.replace(/^#[^]*/m, "").replace(/^[0-9a-f]{7,40}: /, ""))
    .map((item) => item.replaceAll(/\s+/g, " ").trim())
    .filter((item) => item !== "" && !item.startsWith("Updated dependencies"));
}

function asItem(text: string): string {
  const lines = ["  *"];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`    ${word}`);
  }
  return lines.join("\n");
}

/** As RFC 5322 writes it, in UTC. */
function dateOf(date: Date): string {
  return date.toUTCString().replace("GMT", "+0000");
}
