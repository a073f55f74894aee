import { expect, test } from "vitest";
import { columnsOf, isDomain, tableNames, tables } from "../../src/table/tables.ts";

test("each column has its place, and the first one counts the events", () => {
  for (const name of tableNames) {
    const { columns } = tables[name];
    expect(Object.entries(columnsOf(name))).toEqual(columns.map((column, at) => [column, at]));
  }
  expect(columnsOf("signing").processed).toBe(0);
  expect(columnsOf("verification").verified).toBe(0);
  expect(columnsOf("deliveries").attempts).toBe(0);
});

test("new columns are at the end, because files of earlier versions do not have them", () => {
  expect(tables.signing.columns.at(-1)).toBe("failedBeside");
});

test("domains and destinations are names of domains", () => {
  expect([isDomain("domain"), isDomain("destination"), isDomain("binding")]).toEqual([
    true,
    true,
    false,
  ]);
});
