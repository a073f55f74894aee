import { expect, test } from "vitest";
import { defaultSelector, selectorName } from "../src/plan.ts";

const nowMs = Date.UTC(2026, 10, 24, 23, 59);
const free = (): boolean => false;

test.each([
  [defaultSelector, "rsa", "r20261124"],
  [defaultSelector, "ed25519", "e20261124"],
  ["Mail-%{date}.%{t}", "rsa", "mail-20261124.r"],
] as const)("the template %s for a key of type %s gives %s", (template, type, name) => {
  expect(selectorName(template, type, nowMs, free)).toBe(name);
});

test("a taken selector gets the next letter, until there is none", () => {
  const taken = new Set<string>();
  for (const last of ["", "b", "c"]) {
    const name = selectorName(defaultSelector, "rsa", nowMs, (each) => taken.has(each));
    expect(name).toBe(`r20261124${last}`);
    taken.add(name);
  }
  expect(() => selectorName(defaultSelector, "rsa", nowMs, () => true)).toThrow(
    /has been used; put %\{date\}/,
  );
});

test.each(["a b", "", "../x", "%{x}"])("the template %j is refused", (template) => {
  expect(() => selectorName(template, "rsa", nowMs, free)).toThrow(/expected a selector/);
});
