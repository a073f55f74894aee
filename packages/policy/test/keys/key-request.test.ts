import fc from "fast-check";
import { expect, test } from "vitest";
import { keyRequest } from "../../src/keys/key-request.ts";

const template = "/keys/%{d}/%{s}.key";

function pathOf(domain: string, selector: string): string | undefined {
  const place = keyRequest({ domain, selector, key: template })?.place;
  return place?.kind === "file" ? place.path : undefined;
}

test.for([
  ["example.com", "mail2026", "/keys/example.com/mail2026.key"],
  ["EXAMPLE.com", "Mail", "/keys/example.com/mail.key"],
  ["münchen.example", "s", "/keys/xn--mnchen-3ya.example/s.key"],
  ["a.b", "s1._x", "/keys/a.b/s1._x.key"],
  ["..", "s", undefined],
  ["../../etc", "s", undefined],
  ["example.com", "../../../etc/passwd", undefined],
  ["example.com", "a/b", undefined],
  ["example.com", "", undefined],
  ["example.com\0", "s", undefined],
  ["%{s}", "s", undefined],
] as const)("the path for %j and %j", ([domain, selector, expected]) => {
  expect(pathOf(domain, selector)).toBe(expected);
});

test("no domain or selector gives a path outside the directory", () => {
  const name = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom("..", "/", ".", "a", "\\", "%2e", "\0", "．", "／"))
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(name, name, (domain, selector) => {
      const path = pathOf(domain, selector);
      if (path !== undefined) expect(path).toMatch(/^\/keys\/[a-z0-9_.-]+\/[a-z0-9_.-]+\.key$/);
      if (path !== undefined) expect(path).not.toMatch(/\/\.{1,2}(?:\/|$)/);
    }),
    { numRuns: 2000 },
  );
});

test("there is no request for a key that no option names", () => {
  expect(keyRequest({ domain: "example.com", selector: "s" })).toBeUndefined();
});
