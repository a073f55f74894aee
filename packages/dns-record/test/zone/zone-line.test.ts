import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatZoneLine, parseZone } from "../../src/index.ts";
import { rsaRecord } from "../keys.ts";

const name = "mail._domainkey.example.com";

test("one string", () => {
  expect(formatZoneLine(name, "v=DKIM1; p=AA==")).toBe(`${name}. IN TXT "v=DKIM1; p=AA=="`);
});

test("a TTL; a name in any case, as U-labels, with its dot", () => {
  expect(formatZoneLine("A.Bücher.example.", "x", { ttlSeconds: 3600 })).toBe(
    'a.xn--bcher-kva.example. 3600 IN TXT "x"',
  );
});

test("strings of 255 octets at most (RFC 1035 3.3)", () => {
  const line = formatZoneLine(name, rsaRecord);
  const strings = [...line.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text);
  expect(strings.map(({ length }) => length)).toEqual([255, rsaRecord.length - 255]);
  expect(strings.join("")).toBe(rsaRecord);
  expect(line).toBe(`${name}. IN TXT ( "${strings[0]}" "${strings[1]}" )`);
});

test("quotes, backslashes, and what is not printable", () => {
  expect(formatZoneLine(name, 'a"b\\c;\u0000\n\u007f\u00ff')).toBe(
    `${name}. IN TXT "a\\"b\\\\c;\\000\\010\\127\\255"`,
  );
});

test("no text is one empty string", () => {
  expect(formatZoneLine(name, "")).toBe(`${name}. IN TXT ""`);
});

test("a line for a web form is the bare text", () => {
  expect(formatZoneLine(name, rsaRecord, { style: "line" })).toBe(rsaRecord);
});

describe("refused", () => {
  const cases: readonly (readonly [string, () => string, string])[] = [
    ["an empty name", () => formatZoneLine("", "x"), "bad-name"],
    ["a name that ends the line", () => formatZoneLine("a. IN A\n", "x"), "bad-name"],
    ["a character that is no octet", () => formatZoneLine(name, "\u0100"), "bad-text"],
    ["more than a TXT record holds", () => formatZoneLine(name, "x".repeat(65_536)), "bad-text"],
    ["a line break in a line", () => formatZoneLine(name, "a\nb", { style: "line" }), "bad-text"],
    ["a TTL below 0", () => formatZoneLine(name, "x", { ttlSeconds: -1 }), "invalid-option"],
    ["half a second", () => formatZoneLine(name, "x", { ttlSeconds: 0.5 }), "invalid-option"],
    ["a TTL of 2^31", () => formatZoneLine(name, "x", { ttlSeconds: 2 ** 31 }), "invalid-option"],
  ];
  test.each(cases)("%s", (_, formatting, code) => {
    expect(formatting).toThrow(expect.objectContaining({ code }));
  });
});

test("what is written is read, whatever the text", () => {
  const octets = fc
    .uint8Array({ maxLength: 2000, size: "max" })
    .map((bytes) => Buffer.from(bytes).toString("latin1"));
  fc.assert(
    fc.property(octets, fc.option(fc.nat(), { nil: undefined }), (text, ttlSeconds) => {
      const line = formatZoneLine(name, text, ttlSeconds === undefined ? {} : { ttlSeconds });
      expect(line).toMatch(/^[ -~]+$/);
      const zone = parseZone(`; before\n${line}\n${line}`);
      expect(zone.problems).toEqual([]);
      expect([...zone.entries]).toEqual([[name, [text, text]]]);
    }),
  );
});
