import { expect, test } from "vitest";
import { rotations } from "../../../src/web/views/keys.ts";
import { answering, pageData, textOf } from "../../support/page-data.ts";

test("shows rotations and the reason why each waits", () => {
  expect(textOf(rotations(pageData({ worker: answering() })))).toMatch(
    /example\.com confirm 1970-01-01 .* s2 e2 s1 192\.0\.2\.1 does not show s2/,
  );
});

test("explains how to start a worker or a rotation if there is none", () => {
  expect(textOf(rotations(pageData()))).toContain("Shown while a worker is running.");
});
