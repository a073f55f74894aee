import { expect, test } from "vitest";
import { deliveries } from "../../../src/web/views/deliveries.ts";
import { answering, pageData, textOf } from "../../support/page-data.ts";

test("attempts and their outcomes, by destination, and all together", () => {
  const worker = answering();
  if (worker.kind !== "answers") throw new Error("expected a worker that answers");
  const text = textOf(deliveries(pageData({ snapshot: worker.answer.snapshot })));
  expect(text).toContain("example.net 3 2 1 0");
  expect(text).toContain("2 delivered in 3 attempts");
});
