import { expect, test } from "vitest";
import { ImportAccount } from "../../src/import/account.ts";

test("a line without an outcome counts as not carried over", () => {
  const account = new ImportAccount();
  account.open("f", [2, 1]);
  account.carried({ file: "f", line: 1 }, "a", "signing.a");
  expect(account.lines()).toEqual([
    { file: "f", line: 1, fate: "carried", text: "a: signing.a" },
    { file: "f", line: 2, fate: "not-carried", text: expect.stringMatching(/^unknown line: /) },
  ]);
});

test("the worst outcome of a line is its fate, and its texts are joined once each", () => {
  const account = new ImportAccount();
  const place = { file: "f", line: 1 };
  account.notNeeded(place, "a", "no effect");
  account.notCarried(place, "b", "set b");
  account.notCarried(place, "c", "set c");
  account.notCarried(place, "b", "set b");
  account.carried(place, "d", "d");
  expect(account.lines()).toMatchObject([{ fate: "not-carried", text: "b: set b; c: set c" }]);
});

test("a statement of several lines settles those that are significant", () => {
  const account = new ImportAccount();
  account.open("f", [1, 3]);
  account.carried({ file: "f", line: 1, endLine: 4 }, "a", "signing.a");
  expect(account.lines().map(({ line }) => line)).toEqual([1, 3]);
});

test("opening a file again keeps its account", () => {
  const account = new ImportAccount();
  account.open("f", [1]);
  account.carried({ file: "f", line: 1 }, "a", "signing.a");
  account.open("f", [1, 2]);
  expect(account.lines().map(({ fate }) => fate)).toEqual(["carried", "not-carried"]);
});
