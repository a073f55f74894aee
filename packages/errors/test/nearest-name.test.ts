import { describe, expect, test } from "vitest";
import { nearestName } from "../src/index.ts";

const names = [
  "signing",
  "selector",
  "canonicalization",
  "algorithm",
  "minimumRsaBits",
  "relaxed/simple",
  "relaxed/relaxed",
];

describe("nearest name", () => {
  test.each([
    ["missing letter", "signin", "signing"],
    ["exchanged letters", "selcetor", "selector"],
    ["other case and separators", "Canon-ical_ization", "canonicalization"],
    ["one wrong letter", "algorithn", "algorithm"],
    ["abbreviated", "minRsaBits", "minimumRsaBits"],
    ["abbreviated, as the start of a name", "canon", "canonicalization"],
    ["too short for an abbreviation", "alg", undefined],
    ["an abbreviation of two names", "relaxd", undefined],
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
