import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { foldedCommand } from "../src/folded-command.ts";

const words = Array.from({ length: 12 }, (_, index) => `word-number-${index}`);

test("a long command is folded into lines that fit a page, and stays the same command", () => {
  const command = `printf '%s|' ${words.join(" ")} 'quoted words that belong together, on the same line'`;
  const lines = foldedCommand(command);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(72);
  const output = (text: string): string => execFileSync("sh", ["-c", text]).toString();
  expect(output(lines.join("\n"))).toBe(output(command));
});

test("a short command, and the indentation of a line, stay as they are", () => {
  expect(foldedCommand("mailseal demo   # try it")).toEqual(["mailseal demo # try it"]);
  expect(foldedCommand("  --publish update")).toEqual(["  --publish update"]);
});

test("an option stays beside its value, and a redirection beside its file", () => {
  const command = `mailseal sign -d example.com -s mail2026 -k keys/example.com/mail2026.key < in.eml > out.eml`;
  expect(foldedCommand(command)).toEqual([
    "mailseal sign -d example.com -s mail2026 \\",
    "    -k keys/example.com/mail2026.key < in.eml > out.eml",
  ]);
});
