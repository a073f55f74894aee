import { expect, test } from "vitest";
import { rotations } from "../../../src/web/views/keys.ts";
import { answering, pageData, textOf } from "../../support/page-data.ts";

test("shows rotations and the reason why each waits", () => {
  expect(textOf(rotations(pageData({ worker: answering() })))).toMatch(
    /example\.com confirm 1970-01-01 .* s2 e2 s1 192\.0\.2\.1 does not show s2/,
  );
});

test("shows whether a cancelled rotation is still rolling back", () => {
  const worker = answering();
  if (worker.kind !== "answers") throw new Error("the worker of this test answers");
  const [rotation] = worker.answer.rotations;
  if (rotation === undefined) throw new Error("the worker of this test has a rotation");
  const shown = (isOver: boolean): string => {
    const cancelled = { ...rotation, direction: "back", isOver };
    const answer = { ...worker.answer, rotations: [cancelled] };
    return textOf(rotations(pageData({ worker: { ...worker, answer } })));
  };
  expect(shown(false)).toContain("confirm (rolling back)");
  expect(shown(true)).toContain("confirm (rolled back)");
});

test("explains how to start a worker or a rotation if there is none", () => {
  expect(textOf(rotations(pageData()))).toContain("Shown while a worker is running.");
});
