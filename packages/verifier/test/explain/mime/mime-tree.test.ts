import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parameter, readMimeTree } from "../../../src/explain/mime/mime-tree.ts";

const nested = [
  "preamble",
  "--outer",
  'Content-Type: multipart/alternative; boundary="inner"',
  "",
  "--inner",
  "",
  "plain",
  "--inner",
  "Content-Type: text/html; charset=UTF-8",
  "Content-Transfer-Encoding: Base64",
  "",
  "PHA+",
  "--inner--",
  "--outer--",
  "",
].join("\r\n");

describe("the parts of a body", () => {
  test("of nested multiparts, by offsets", () => {
    const { leaves, multiparts } = readMimeTree(nested, "multipart/mixed; boundary=outer", "");
    expect(leaves.map(({ start, end, ...part }) => [nested.slice(start, end), part])).toEqual([
      ["plain", expect.objectContaining({ type: "text/plain", charset: "", encoding: "7bit" })],
      [
        "PHA+",
        expect.objectContaining({ type: "text/html", charset: "UTF-8", encoding: "base64" }),
      ],
    ]);
    expect(multiparts.map(({ boundary, closing }) => [boundary, closing >= 0])).toEqual([
      ["outer", true],
      ["inner", true],
    ]);
  });

  test("a message without parts is one leaf", () => {
    const { leaves, multiparts } = readMimeTree("hello\r\n", "text/plain", "8bit");
    expect(leaves).toEqual([
      { headerStart: 0, start: 0, end: 7, type: "text/plain", charset: "", encoding: "8bit" },
    ]);
    expect(multiparts).toEqual([]);
  });

  test("any text has parts within it (property)", () => {
    const piece = fc.constantFrom(
      "--b",
      "--",
      "\r\n",
      "Content-Type: multipart/mixed; boundary=b",
      " x",
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const body = pieces.join("");
        for (const { headerStart, start, end } of readMimeTree(body, "multipart/x; boundary=b", "")
          .leaves) {
          expect(0 <= headerStart && headerStart <= start && start <= end).toBe(true);
          expect(end).toBeLessThanOrEqual(body.length);
        }
      }),
    );
  });
});

test.each([
  ['text/plain; charset="utf-8"', "charset", "utf-8"],
  ["text/plain; Charset = utf-8 ; x=y", "charset", "utf-8"],
  ["text/plain", "charset", ""],
])("the parameter of %s", (value, name, expected) => {
  expect(parameter(value, name)).toBe(expected);
});
