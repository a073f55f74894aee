import { expect, test } from "vitest";
import { checkIds } from "../../src/doctor/check-ids.ts";
import { checks } from "../../src/doctor/checks.ts";

test("the ids are those of the checks, in their order", () => {
  expect(checks.map(({ id }) => id)).toEqual(checkIds);
});
