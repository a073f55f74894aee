import { expect, test } from "vitest";
import {
  printableStyles,
  readPrintable,
  writePrintable,
} from "../../../src/explain/mime/quoted-printable.ts";

test.each([
  ["a=C3=BCb", "a\u00c3\u00bcb"],
  ["soft=\r\n break", "soft break"],
  ["white space at the end \t\r\n", "white space at the end\r\n"],
  ["=3D and =zz", "= and =zz"],
])("reads %j", (text, content) => {
  expect(readPrintable(text)).toBe(content);
});

test("each style keeps its width, unless it never breaks or breaks after it", () => {
  const content = `${"\u00e4 tab\there ".repeat(30)}\r\n.dot\r\nFrom me\r\n.\r\n`;
  for (const style of printableStyles) {
    const written = writePrintable(content, style);
    expect(readPrintable(written)).toBe(content.replace(/[ \t]+\r\n/g, (end) => end));
    const isBound = style.breaks !== "never" && style.breaks !== "after";
    const longest = Math.max(...written.split("\r\n").map(({ length }) => length));
    expect(!isBound || longest <= style.width).toBe(true);
  }
});
