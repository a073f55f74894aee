import { expect, test } from "vitest";
import { Statistics } from "../../src/statistics.ts";
import { Aggregator } from "../../src/store/aggregator.ts";
import { toLimits } from "../../src/table/limits.ts";
import { limitNameOf } from "../../src/table/tables.ts";

test("the limits have defaults", () => {
  expect(toLimits({})).toEqual({ domains: 10_000, bindings: 1_000, labels: 256 });
  expect(toLimits({ maxDomains: 2, maxBindings: 3 })).toMatchObject({ domains: 2, bindings: 3 });
});

test.each([1, 0, -5, 2.5, Number.NaN, Infinity])("%d rows are refused", (rows) => {
  for (const name of ["maxDomains", "maxBindings"]) {
    for (const Counters of [Statistics, Aggregator]) {
      expect(() => new Counters({ [name]: rows })).toThrow(
        expect.objectContaining({ code: "invalid-option", message: expect.stringContaining(name) }),
      );
    }
  }
});

test.each([
  ["signingByBindingDomain", "domains"],
  ["deliveriesByDestination", "domains"],
  ["unsignedByBinding", "bindings"],
  ["logins", "labels"],
] as const)("table %s is limited like %s", (table, limit) => {
  expect(limitNameOf(table)).toBe(limit);
});
