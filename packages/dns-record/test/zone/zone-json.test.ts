import { MailsealError } from "@mailseal/errors";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { zoneFromJson } from "../../src/index.ts";

test("names in any case, with or without the dot at the end, are one", () => {
  const zone = zoneFromJson({ "S.Example.com": ["a"], "s.example.com.": ["b", "c"] });
  expect([...zone.entries]).toEqual([["s.example.com", ["a", "b", "c"]]]);
});

test("errors and CNAMEs", () => {
  const zone = zoneFromJson({ a: { error: "timeout" }, b: { cname: "C.d." }, c: [] });
  expect([...zone.entries]).toEqual([
    ["a", { error: "timeout" }],
    ["b", { cname: "c.d" }],
    ["c", []],
  ]);
});

test("text is UTF-8 in DNS", () => {
  expect(zoneFromJson({ a: ["ü"] }).entries.get("a")).toEqual(["\u00c3\u00bc"]);
});

test("names of object properties are names", () => {
  const zone = zoneFromJson(
    JSON.parse('{"__proto__": ["x"], "constructor": {"error": "servfail"}}'),
  );
  expect([...zone.entries]).toEqual([
    ["__proto__", ["x"]],
    ["constructor", { error: "servfail" }],
  ]);
});

describe("refused, with the name", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /got nothing/],
    [null, /got null/],
    [[], /got an array/],
    ["x", /got a string/],
    [{ "": ["x"] }, /owner name, got ""/],
    [{ ".": ["x"] }, /owner name, got "\."/],
    [{ "a.b": "x" }, /"a\.b": expected an array of strings.*got a string/],
    [{ "a.b": null }, /"a\.b": .*got null/],
    [{ "a.b": {} }, /"a\.b": .*got an object/],
    [{ "a.b": ["x", 1] }, /"a\.b": expected record 1 to be a string, got a number/],
    [{ "a.b": [["x"]] }, /"a\.b": expected record 0 to be a string, got an array/],
    [{ "a.b": { error: "SERVFAIL" } }, /"a\.b": .*got "SERVFAIL"/],
    [{ "a.b": { error: 2 } }, /"a\.b": .*got a number/],
    [{ "a.b": { cname: "" } }, /"a\.b"/],
    [{ a: ["x"], A: { error: "timeout" } }, /"A" is given twice/],
    [{ ["x".repeat(1000)]: 1 }, /^"x{80}\.\.\."/],
  ];
  test.each(cases)("%j", (value, message) => {
    const reading = (): unknown => zoneFromJson(value);
    expect(reading).toThrow(MailsealError);
    expect(reading).toThrow(message);
    expect(reading).toThrow(expect.objectContaining({ code: "bad-zone" }));
  });
});

test("any JSON is a zone or a MailsealError", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.anything()), (value) => {
      try {
        zoneFromJson(value);
      } catch (error) {
        expect(error).toBeInstanceOf(MailsealError);
      }
    }),
  );
});
