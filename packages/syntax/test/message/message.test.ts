import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldText, fieldValue, rawField, splitMessage } from "../../src/index.ts";

function split(text: string): {
  fields: string[];
  body: string;
  defects: string[];
  lineEnding: string;
} {
  const message = splitMessage(Buffer.from(text, "latin1"));
  return {
    fields: message.fields.map((field) => `${field.key}=${fieldValue(message, field)}`),
    body: Buffer.from(message.bytes.subarray(message.bodyStart)).toString("latin1"),
    defects: message.defects.map(({ code, offset }) => `${code}@${offset}`),
    lineEnding: message.lineEnding,
  };
}

describe("splitMessage (RFC 5322 2.1, 2.2)", () => {
  interface Case {
    readonly name: string;
    readonly text: string;
    readonly fields: readonly string[];
    readonly body?: string;
    readonly defects?: readonly string[];
    readonly lineEnding?: "lf" | "none";
  }
  const cases: readonly Case[] = [
    {
      name: "CRLF",
      text: "A: b\r\nC: d\r\n\r\nbody\r\n",
      fields: ["a= b", "c= d"],
      body: "body\r\n",
    },
    {
      name: "bare LF",
      text: "A: b\nC: d\n\nbody\n",
      fields: ["a= b", "c= d"],
      body: "body\n",
      lineEnding: "lf",
    },
    { name: "folding", text: "A: b\r\n c\r\n\td\r\n\r\n", fields: ["a= b\r\n c\r\n\td"] },
    { name: "obsolete folding", text: "A: b\r\n \t\r\n c\r\n\r\n", fields: ["a= b\r\n \t\r\n c"] },
    { name: "a space before the colon", text: "A \t: b\r\n\r\n", fields: ["a= b"] },
    { name: "no white space at all", text: "A:b\r\n\r\n", fields: ["a=b"] },
    { name: "an empty value", text: "A:\r\n\r\n", fields: ["a="] },
    { name: "a header with no body", text: "A: b\r\n", fields: ["a= b"] },
    { name: "a header without its last line end", text: "A: b\r\nC: d", fields: ["a= b", "c= d"] },
    { name: "one field and no line end", text: "A: b", fields: ["a= b"], lineEnding: "none" },
    {
      name: "a body with no header",
      text: "\r\nA: b\r\n",
      fields: [],
      body: "A: b\r\n",
      defects: ["no-header@0"],
    },
    { name: "nothing", text: "", fields: [], defects: ["no-header@0"], lineEnding: "none" },
    { name: "one line end", text: "\r\n", fields: [], defects: ["no-header@0"] },
    {
      name: "words",
      text: "asdf",
      fields: [],
      defects: ["malformed-field@0", "no-header@0"],
      lineEnding: "none",
    },
    {
      name: "an mbox line first",
      text: "From a Mon Sep 28\r\nA: b\r\n\r\n",
      fields: ["a= b"],
      defects: ["malformed-field@0"],
    },
    {
      name: "junk and its continuation",
      text: "A: b\r\njunk\r\n more: junk\r\nC: d\r\n\r\n",
      fields: ["a= b", "c= d"],
      defects: ["malformed-field@6"],
    },
    {
      name: "a continuation first",
      text: " x: y\r\nA: b\r\n\r\n",
      fields: ["a= b"],
      defects: ["leading-continuation@0"],
    },
    {
      name: "no name",
      text: ": x\r\nA: b\r\n\r\n",
      fields: ["a= b"],
      defects: ["malformed-field@0"],
    },
    {
      name: "a space within a name",
      text: "A b: x\r\nA: b\r\n\r\n",
      fields: ["a= b"],
      defects: ["malformed-field@0"],
    },
    {
      name: "a NUL in a name",
      text: "A\0: x\r\nA: b\r\n\r\n",
      fields: ["a= b"],
      defects: ["malformed-field@0", "nul-in-header@1"],
    },
    {
      name: "a NUL in a value",
      text: "A: x\0y\r\n\r\n",
      fields: ["a= x\0y"],
      defects: ["nul-in-header@4"],
    },
    {
      name: "8-bit in a name",
      text: "\u00e9: x\r\nA: b\r\n\r\n",
      fields: ["a= b"],
      defects: ["malformed-field@0"],
    },
    {
      name: "a bare LF among CRLF ends a line",
      text: "A: b\nFrom: c\r\nD: e\r\n\r\n",
      fields: ["a= b", "from= c", "d= e"],
      lineEnding: "lf",
    },
    {
      name: "a later bare LF is reported",
      text: "A: b\r\nC: d\nFrom: e\r\n\r\n",
      fields: ["a= b", "c= d", "from= e"],
      defects: ["bare-lf-in-header@10"],
    },
    {
      name: "a blank line of bare LF ends the header",
      text: "A: b\r\n\nbody",
      fields: ["a= b"],
      body: "body",
      defects: ["bare-lf-in-header@6"],
    },
    { name: "a bare CR is content", text: "A: b\rC: d\r\n\r\n", fields: ["a= b\rC: d"] },
    {
      name: "names like prototypes",
      text: "__proto__: a\r\nconstructor: b\r\n\r\n",
      fields: ["__proto__= a", "constructor= b"],
    },
  ];
  test.each(cases)("$name", ({ text, fields, body = "", defects = [], lineEnding = "crlf" }) => {
    expect(split(text)).toEqual({ fields, body, defects, lineEnding });
  });

  test("fields of one name are kept from the top down", () => {
    const message = splitMessage(Buffer.from("X: 1\r\nA: b\r\nx : 2\r\n\r\n"));
    expect(message.byKey.get("x")?.map((field) => fieldText(message, field))).toEqual(["1", "2"]);
    expect(message.byKey.get("constructor")).toBeUndefined();
  });

  test("nothing is copied", () => {
    const bytes = Buffer.from("A: b\r\n\r\nbody");
    const message = splitMessage(bytes);
    const [field] = message.fields;
    expect(field === undefined ? undefined : rawField(message, field).buffer).toBe(bytes.buffer);
  });

  test("defects are bounded", () => {
    const message = splitMessage(Buffer.from(`A: b\r\n${"junk\r\n".repeat(10_000)}`));
    expect(message.defects.length).toBe(100);
  });

  test("many defects of one kind do not hide another", () => {
    const { defects } = splitMessage(
      Buffer.from(`${"junk\r\n".repeat(10_000)}${"a\n".repeat(10_000)}\r\n`),
    );
    expect(defects.map(({ code }) => code).slice(99)).toEqual([
      "malformed-field",
      "bare-lf-in-header",
      "no-header",
    ]);
  });
});

test("fieldText is UTF-8, unfolded and trimmed", () => {
  const message = splitMessage(Buffer.from("A: Zo\u00eb\r\n  L\u00e4nd \r\n\r\n"));
  expect(message.fields.map((field) => fieldText(message, field))).toEqual(["Zo\u00eb  L\u00e4nd"]);
});

test("any bytes: fields in order, within bounds, each a name and a colon (property)", () => {
  const piece = fc.constantFrom(
    "A",
    ":",
    " ",
    "\t",
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\u00e9",
    "From: a",
    "\r\n\r\n",
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(""), "latin1")),
  );
  fc.assert(
    fc.property(bytes, (input) => {
      const message = splitMessage(input);
      let last = 0;
      for (const field of message.fields) {
        expect(field.start).toBeGreaterThanOrEqual(last);
        expect(field.valueStart).toBeGreaterThan(field.start);
        expect(field.end).toBeGreaterThanOrEqual(field.valueStart);
        expect(input[field.valueStart - 1]).toBe(0x3a);
        expect(field.key).toBe(field.name.toLowerCase());
        fieldText(message, field);
        last = field.end;
      }
      expect(message.headerEnd).toBeGreaterThanOrEqual(last);
      expect(message.bodyStart).toBeGreaterThanOrEqual(message.headerEnd);
      expect(message.bodyStart).toBeLessThanOrEqual(input.length);
    }),
    { numRuns: 500 },
  );
});
