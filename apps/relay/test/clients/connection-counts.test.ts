import { expect, test } from "vitest";
import { ConnectionCounts, ConnectionTotal } from "../../src/clients/connection-counts.ts";

const limits = { connections: 3, connectionsPerClient: 2 };

test("connections are limited in total and for each address", () => {
  const counts = new ConnectionCounts(new ConnectionTotal());
  expect(["a", "a", "a", "b", "c"].map((address) => counts.enter(address, limits))).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
  counts.leave("a");
  expect(counts.enter("c", limits)).toBe(true);
  counts.leave("b");
  expect(counts.enter("a", limits)).toBe(true);
  expect(counts.enter("a", limits)).toBe(false);
});

test("a refused connection is not counted", () => {
  const total = new ConnectionTotal();
  const counts = new ConnectionCounts(total);
  counts.enter("a", limits);
  for (let count = 0; count < 10; count++) {
    expect(counts.enter("b", { ...limits, connectionsPerClient: 0 })).toBe(false);
  }
  expect(total.open).toBe(1);
  expect([counts.enter("b", limits), counts.enter("b", limits)]).toEqual([true, true]);
});

test("each listener has its own limits, and the total counts the connections of all", () => {
  const total = new ConnectionTotal();
  const [smtp, milter] = [new ConnectionCounts(total), new ConnectionCounts(total)];
  for (let count = 0; count < 2; count++) smtp.enter("a", limits);
  expect(milter.enter("a", limits)).toBe(true);
  expect(total.open).toBe(3);
  smtp.leave("a");
  milter.leave("a");
  expect(total.open).toBe(1);
});

test("new limits apply to the next connection", () => {
  const counts = new ConnectionCounts(new ConnectionTotal());
  counts.enter("a", limits);
  expect(counts.enter("a", { connections: 1, connectionsPerClient: 9 })).toBe(false);
  expect(counts.enter("a", { connections: 2, connectionsPerClient: 9 })).toBe(true);
});
