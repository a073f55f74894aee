import { expect, test } from "vitest";
import { Selection } from "../../../src/nats/claim/selection.ts";
import { arrivalOf } from "./arrivals.ts";

const nowMs = 1000;
const excludedMs = 500;

test("selects up to the batch, and leaves the rest", () => {
  const selection = new Selection(2, {}, excludedMs);
  const arrivals = [1, 2, 3].map((seq) => arrivalOf(seq));
  expect(selection.add(arrivals, nowMs)).toEqual([arrivals[2]]);
  expect(selection.selected.map(({ arrival }) => arrival.message.seq)).toEqual([1, 2]);
  expect(selection.full).toBe(true);
});

test("leaves messages above the limit of their route", () => {
  const selection = new Selection(9, { maxPerRoute: 1 }, excludedMs);
  const arrivals = ["a", "a", "b"].map((route, index) => arrivalOf(index, { route }));
  expect(selection.add(arrivals, nowMs)).toEqual([arrivals[1]]);
  expect(selection.full).toBe(false);
});

test("is full with the message that exceeds maxBytes", () => {
  const selection = new Selection(9, { maxBytes: 5 }, excludedMs);
  const arrivals = [1, 2, 3].map((seq) => arrivalOf(seq));
  expect(selection.add(arrivals, nowMs)).toEqual([arrivals[2]]);
});

test.each([
  ["a deferred message until it is due", { label: { notBeforeMs: nowMs + 7000 } }, {}, "nak 7000"],
  ["a message of an excluded route", {}, { excludeRoutes: new Set(["a"]) }, "nak 500"],
  ["a message of a route with an excluded ending", {}, { excludeEndings: ["a"] }, "nak 500"],
  ["data of another program for good", { data: new Uint8Array([1]) }, {}, "term"],
])("returns %s", (_, given, options, expected) => {
  const selection = new Selection(9, options, excludedMs);
  const arrival = arrivalOf(1, given);
  expect(selection.add([arrival], nowMs)).toEqual([]);
  expect(selection.selected).toEqual([]);
  expect(arrival.did).toEqual([expected]);
});
