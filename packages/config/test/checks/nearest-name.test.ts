import { describe, expect, test } from "vitest";
import { nearestName } from "../../src/checks/nearest-name.ts";

const names = ["signing", "selector", "canonicalization", "algorithm"];

describe("nearest name", () => {
  test.each([
    ["missing letter", "signin", "signing"],
    ["exchanged letters", "selcetor", "selector"],
    ["other case and separators", "Canon-ical_ization", "canonicalization"],
    ["one wrong letter", "algorithn", "algorithm"],
    ["nothing close", "queue", undefined],
    ["empty", "", undefined],
    ["too long to compare", "signing".repeat(100), undefined],
  ])("%s", (_, wrong, nearest) => {
    expect(nearestName(wrong, names)).toBe(nearest);
  });

  test("no names", () => {
    expect(nearestName("signing", [])).toBeUndefined();
  });
});
