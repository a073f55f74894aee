import { expect, test } from "vitest";
import { rotations } from "../../../src/web/views/keys.ts";
import { answering, pageData, textOf } from "../../support/page-data.ts";

test("rotations, and what they wait for", () => {
  expect(textOf(rotations(pageData({ worker: answering() })))).toMatch(
    /example\.com confirm 1970-01-01 .* s2 e2 s1 192\.0\.2\.1 does not show s2/,
  );
});

test("without a worker or a rotation, how to have one", () => {
  expect(textOf(rotations(pageData()))).toContain("Shown while a worker is running.");
});
