import { expect, test } from "vitest";
import { forAll, type Outcome } from "../../../src/delivery/outcome.ts";
import { KnownOutcomes } from "../../../src/delivery/settle/known-outcomes.ts";

function outcomeOf(address: string, outcome: Outcome["outcome"]): readonly Outcome[] {
  return forAll([{ address }], outcome, { code: 250, text: "Ok" });
}

test("final outcomes are known by address until the message is settled, deferred ones never", () => {
  const known = new KnownOutcomes();
  known.remember("1", [
    ...outcomeOf("ann@example.net", "delivered"),
    ...outcomeOf("bob@example.net", "failed"),
    ...outcomeOf("eve@example.net", "deferred"),
  ]);
  expect([...known.of("1").keys()]).toEqual(["ann@example.net", "bob@example.net"]);
  expect(known.of("1").get("ann@example.net")?.outcome).toBe("delivered");
  expect(known.of("2").size).toBe(0);
  known.forget("1");
  expect(known.of("1").size).toBe(0);
});

test("messages that are never settled here do not keep later ones from being remembered", () => {
  const known = new KnownOutcomes(2);
  for (const id of ["1", "2", "3"]) {
    known.remember(id, outcomeOf("ann@example.net", "delivered"));
  }
  expect(["1", "2", "3"].map((id) => known.of(id).size)).toEqual([0, 1, 1]);
});

test("a later attempt of a message replaces its outcomes", () => {
  const known = new KnownOutcomes(1);
  known.remember("1", outcomeOf("ann@example.net", "delivered"));
  known.remember("1", outcomeOf("bob@example.net", "delivered"));
  expect([...known.of("1").keys()]).toEqual(["bob@example.net"]);
});
