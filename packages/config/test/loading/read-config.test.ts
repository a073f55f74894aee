import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/loading/problem.ts";
import { readConfig } from "../../src/loading/read-config.ts";

describe("problems", () => {
  test.each<[string, string, string | RegExp]>([
    ["not YAML", "a: [", /^c:1:5: not valid YAML: /],
    ["two of a name", "log: {}\nlog: {}", "c:2:1: not valid YAML: Map keys must be unique"],
    ["a list", "- a", "c:1:1: expected a map of options, got a list"],
    ["an unset variable", "authservId: ${NOT_SET}", /expected the environment variable NOT_SET/],
  ])("%s", (_, text, expected) => {
    const { config, problems } = readConfig(text);
    expect(config).toBeUndefined();
    expect(problems.map((problem) => formatProblem("c", problem)).join("\n")).toMatch(expected);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test("the defaults need no warning", () => {
    expect(readConfig("").problems).toEqual([]);
  });

  test("any text is read or refused, never a throw (property)", () => {
    const piece = fc.constantFrom(
      "signing",
      ": ",
      "\n",
      "  ",
      "- ",
      "{",
      "}",
      "${A}",
      "&a",
      "*a",
      "1",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: "binary" }))), (pieces) => {
        const { config, problems } = readConfig(pieces.join(""));
        expect(config !== undefined || problems.length > 0).toBe(true);
      }),
    );
  });
});

test("JSON is read as well", () => {
  expect(readConfig('{ "hostname": "mx.example.com" }').config?.hostname).toBe("mx.example.com");
});
