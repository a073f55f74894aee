import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAuthenticationResults } from "../../src/authentication-results/authentication-results-format.ts";
import {
  type AuthenticationResults,
  parseAuthenticationResults,
} from "../../src/authentication-results/authentication-results.ts";

const NAME = "Authentication-Results:";

/** The value as it stands in a message, one character a byte. */
function wireValue(field: string): string {
  return Buffer.from(field.slice(NAME.length), "utf8").toString("latin1");
}

function one(result: Partial<AuthenticationResults["results"][number]>): AuthenticationResults {
  return {
    authservId: "mx.example.org",
    results: [{ method: "dkim", result: "pass", properties: [], ...result }],
  };
}

const property = (value: string) => one({ properties: [{ type: "header", property: "i", value }] });

test("each result on a line of its own, longer ones folded", () => {
  expect(
    formatAuthenticationResults({
      authservId: "mx.example.org",
      results: [
        {
          method: "dkim",
          result: "pass",
          comment: "2048-bit key",
          properties: [
            { type: "header", property: "d", value: "example.com" },
            { type: "header", property: "s", value: "sel" },
            { type: "header", property: "b", value: "a+/bcdef" },
          ],
        },
        { method: "spf", version: 1, result: "none", reason: "no record", properties: [] },
      ],
    }),
  ).toBe(
    [
      "Authentication-Results: mx.example.org;",
      " dkim=pass (2048-bit key) header.d=example.com header.s=sel",
      ' header.b="a+/bcdef";',
      ' spf/1=none reason="no record"',
    ].join("\r\n"),
  );
});

test("no results, with a version", () => {
  expect(
    formatAuthenticationResults({ authservId: "mx.example.org", version: 1, results: [] }),
  ).toBe("Authentication-Results: mx.example.org 1; none");
});

test.each([
  ["example.com", "example.com"],
  ["@example.com", "@example.com"],
  ["joe@example.com", "joe@example.com"],
  ["a@b@c", '"a@b@c"'],
  ["a b", '"a b"'],
  ["a;b", '"a;b"'],
  ["a(b", '"a(b"'],
  ['a"b\\', '"a\\"b\\\\"'],
  ["", '""'],
  ["a\r\nX-Evil: 1", '"a??X-Evil: 1"'],
  ["a\0\x7f\x85\tb", '"a??? b"'],
  ["møx@example.com", '"møx@example.com"'],
])("pvalue %j is written %s", (value, written) => {
  expect(formatAuthenticationResults(property(value), { width: 998 })).toBe(
    `${NAME} mx.example.org;\r\n dkim=pass header.i=${written}`,
  );
});

test("parentheses in a comment cannot end it", () => {
  const field = formatAuthenticationResults(one({ comment: "a) dkim=fail (\\" }));
  expect(field).toContain("(a\\) dkim=fail \\(\\\\)");
});

test("an overlong pvalue is left out, an overlong text is cut", () => {
  const long = "x".repeat(5000);
  expect(formatAuthenticationResults(property(long))).not.toContain("header");
  for (const text of [
    long,
    "(".repeat(5000),
    "é ".repeat(5000),
    "😀".repeat(5000),
    " ".repeat(5000),
  ]) {
    const field = formatAuthenticationResults(one({ comment: text, reason: text }));
    expect(field).toContain("...");
    for (const line of field.split("\r\n")) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
      expect(line.trim()).not.toBe("");
    }
    expect(parseAuthenticationResults(wireValue(field))).toMatchObject({ ok: true });
  }
});

test.each<readonly [string, AuthenticationResults]>([
  ["an empty id", { authservId: "", results: [] }],
  ["a line break in the id", { authservId: "a\r\nX: y", results: [] }],
  ["a control in the id", { authservId: "a\0", results: [] }],
  ["an overlong id", { authservId: "a ".repeat(500), results: [] }],
  ["a version", { authservId: "a", version: 1.5, results: [] }],
  ["a method", one({ method: "dkim=pass; spf" })],
  ["an empty method", one({ method: "" })],
  ["a result", one({ result: "pass (x)" })],
  ["a method version", one({ version: -1 })],
  ["a type", one({ properties: [{ type: "__proto__", property: "d", value: "x" }] })],
  ["a property", one({ properties: [{ type: "header", property: "d=x\r\n", value: "x" }] })],
  [
    "an overlong property",
    one({ properties: [{ type: "header", property: "d".repeat(61), value: "x" }] }),
  ],
])("%s that the grammar does not allow is refused", (_what, results) => {
  expect(() => formatAuthenticationResults(results)).toThrow(
    expect.objectContaining({ code: "invalid-option" }),
  );
});

describe("any content", () => {
  const keyword = fc
    .stringMatching(/^[a-z][a-z0-9-]{0,12}$/)
    .filter((word) => word !== "none" && word !== "reason");
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.string(),
  );
  const shape = (text: fc.Arbitrary<string>): fc.Arbitrary<AuthenticationResults> =>
    fc.record(
      {
        authservId: fc.domain(),
        version: fc.nat(99),
        results: fc.array(
          fc.record(
            {
              method: keyword,
              version: fc.nat(9),
              result: keyword,
              comment: text,
              reason: text,
              properties: fc.array(fc.record({ type: keyword, property: keyword, value: text }), {
                maxLength: 4,
              }),
            },
            { requiredKeys: ["method", "result", "properties"] },
          ),
          { maxLength: 4 },
        ),
      },
      { requiredKeys: ["authservId", "results"] },
    );
  const options = fc.record({
    width: fc.integer({ min: 40, max: 998 }),
    lineEnding: fc.constantFrom("\r\n" as const, "\n" as const),
  });

  test("never a control, a blank line or a line over 998 octets; always one field that parses", () => {
    const long = anyText.chain((text) => fc.nat(400).map((times) => text.repeat(times)));
    fc.assert(
      fc.property(shape(fc.oneof(anyText, long)), options, (results, fold) => {
        const field = formatAuthenticationResults(results, fold);
        const [, ...folded] = field.split(fold.lineEnding);
        for (const line of folded) expect(line).toMatch(/^ +[^ ]/);
        for (const line of field.split(fold.lineEnding)) {
          expect(line).not.toMatch(/[\p{Cc}]/u);
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
        }
        expect(parseAuthenticationResults(wireValue(field))).toMatchObject({ ok: true });
      }),
    );
  });

  test("clean content comes back whole", () => {
    const clean = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.stringMatching(/^[ a-zà-ÿЀ-ӿ()"\\;=]{0,99}$/),
    );
    fc.assert(
      fc.property(shape(clean), options, (results, fold) => {
        const field = formatAuthenticationResults(results, fold);
        expect(parseAuthenticationResults(wireValue(field))).toEqual({ ok: true, value: results });
      }),
    );
  });
});
