import { expect, test } from "vitest";
import { NewestEntries } from "../src/newest-entries.ts";

test("an entry too many removes the oldest, and a value that is set again is new", () => {
  const entries = new NewestEntries<number>(2);
  entries.set("a", 1);
  entries.set("b", 2);
  entries.set("a", 3);
  entries.set("c", 4);
  expect(["a", "b", "c"].map((key) => entries.get(key))).toEqual([3, undefined, 4]);
});

test("a deleted entry makes room", () => {
  const entries = new NewestEntries<number>(2);
  entries.set("a", 1);
  entries.set("b", 2);
  entries.delete("b");
  entries.delete("unknown");
  entries.set("c", 3);
  expect(["a", "b", "c"].map((key) => entries.get(key))).toEqual([1, undefined, 3]);
});
