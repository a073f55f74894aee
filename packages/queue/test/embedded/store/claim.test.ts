import { expect, test } from "vitest";
import { add, commitsInNewFile, nowMs, take } from "../operations.ts";

const routesOf = ({ rows }: { readonly rows: readonly { readonly route: string }[] }) =>
  rows.map(({ route }) => route).toSorted();

test("a take gives every route its share before it gives one route more", () => {
  const { run } = commitsInNewFile();
  for (let count = 0; count < 50; count += 1) run(add("deep"));
  for (const route of ["b", "c"]) run(add(route));
  expect(routesOf(run(take(6)))).toEqual(["b", "c", "deep", "deep", "deep", "deep"]);
});

test("the route that is due longest comes first", () => {
  const { run } = commitsInNewFile();
  run(add("late"), nowMs);
  run(add("early"), nowMs - 1000);
  expect(routesOf(run(take(1)))).toEqual(["early"]);
});

test("a take stops with the message that exceeds maxBytes", () => {
  const { run } = commitsInNewFile();
  for (let count = 0; count < 5; count += 1) run(add("a", 1000));
  expect(run(take(5, { maxBytes: 1001 })).rows).toHaveLength(2);
});

test("excluded routes and endings are not taken", () => {
  const { run } = commitsInNewFile();
  for (const route of ["a by slow", "b by quick", "c"]) run(add(route));
  const taken = run(take(9, { excludeRoutes: new Set(["c"]), excludeEndings: [" by slow"] }));
  expect(routesOf(taken)).toEqual(["b by quick"]);
});

test("a leased message is taken again only after its lease has expired, with another lease", () => {
  const { run } = commitsInNewFile();
  run(add("a"));
  const first = run(take(1, { leaseMs: 1000 }));
  expect(first.rows).toMatchObject([{ state: "leased", attempt: 1, dueMs: nowMs + 1000 }]);
  expect(run(take(1), nowMs + 999).rows).toEqual([]);
  const second = run(take(1), nowMs + 1000);
  expect(second.rows).toMatchObject([{ attempt: 2, dueMs: nowMs + 2000 }]);
  expect(second.lease).not.toBe(first.lease);
});

test("an empty take reports when the next message is due: an expiring lease or a delay", () => {
  const { run } = commitsInNewFile();
  expect(run(take(1)).nextMs).toBeUndefined();
  run(add("a", 1, { delayMs: 5000 }));
  expect(run(take(1)).nextMs).toBe(nowMs + 5000);
  run(add("b"));
  run(take(1, { leaseMs: 3000 }));
  expect(run(take(1)).nextMs).toBe(nowMs + 3000);
});
