import { expect, test } from "vitest";
import { codesOfField } from "./explained.ts";

/** Tests that each field that a program wrote again is explained as edited: a name, the value signed, the value received. */
export function testRewrittenValues(
  title: string,
  field: string,
  cases: readonly (readonly [name: string, before: string, after: string])[],
): void {
  test.each(cases)(`${title}: %s`, async (_, before, after) => {
    expect(await codesOfField(field, before, after)).toEqual([
      `field-edited ${field.toLowerCase()}`,
    ]);
  });
}
