import { paint, wrap } from "@mailseal/service/terminal";
import { printable } from "@mailseal/syntax";
import type { Examination } from "./examine.ts";
import { type FindingLevel, kindOf } from "./finding-kinds.ts";
import { foldCommand } from "./fold-command.ts";

/** More findings than a person reads; the others are counted, and `--json` has them all. */
const maxShown = 10;
const colours = { error: "red", warning: "yellow", note: "cyan" } as const;

/** For each finding: what is wrong, why it matters, and the command that mends it; the most important first. */
export function reportText({ findings, unknown, well }: Examination): string {
  const shown = findings.slice(0, maxShown).map(({ kind, what, command, advice }) => {
    const { level, why } = kindOf(kind);
    return [
      headline(level, `${what}.`),
      wrap(why, "  "),
      ...(advice === undefined ? [] : [wrap(sentence(printable(advice)), "  ")]),
      ...(command === undefined ? [] : [foldCommand(command, "  $ ", "    ")]),
      "",
    ].join("\n");
  });
  const more = findings.length - shown.length;
  const unmade = unknown.map(({ claim, reason }) =>
    [
      headline("unknown", `Could not check whether ${claim}.`),
      wrap(sentence(printable(reason)), "  "),
      "",
    ].join("\n"),
  );
  return [
    ...shown,
    ...(more > 0 ? [`${wrap(`There are ${more} more findings; --json prints all.`, "")}\n`] : []),
    ...unmade,
    summary({ findings, unknown, well }),
    "",
  ].join("\n");
}

function headline(level: FindingLevel | "unknown", text: string): string {
  const lines = wrap(`${level} ${printable(text)}`, "");
  const colour = level === "unknown" ? "magenta" : colours[level];
  return paint(colour, level) + lines.slice(level.length);
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return start.endsWith(".") ? start : `${start}.`;
}

function summary({ findings, unknown, well }: Omit<Examination, "hasTimedOut">): string {
  const wrong = findings.filter(({ kind }) => kindOf(kind).level !== "note").length;
  const notes = findings.length - wrong;
  if (wrong === 0 && unknown.length === 0) {
    const line = `All is well: ${counted(well.length, "check")}${notes === 0 ? "" : `, ${counted(notes, "note")}`}.`;
    return paint("green", wrap(line, ""));
  }
  const parts = [
    ...(wrong > 0 ? [`${counted(wrong, "thing")} to mend`] : []),
    ...(notes > 0 ? [counted(notes, "note")] : []),
    ...(unknown.length > 0 ? [`${counted(unknown.length, "check")} could not be made`] : []),
    `${counted(well.length, "check")} found nothing`,
  ];
  return wrap(`${parts.join("; ")}. Run mailseal doctor again afterwards.`, "");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
