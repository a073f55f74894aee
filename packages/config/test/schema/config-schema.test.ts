import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/loading/problem.ts";
import { readConfig } from "../../src/loading/read-config.ts";
import { configSchema } from "../../src/schema/config-schema.ts";

describe("processes, the number of relay processes", () => {
  test.each([
    ["", 1],
    ["processes: 4", 4],
    ["processes: auto", "auto"],
  ])("%j is %s, without a problem", (text, processes) => {
    expect(readConfig(text)).toMatchObject({ config: { processes }, problems: [] });
  });

  test("workers, its former name, is accepted and reported as such", () => {
    const { config, problems } = readConfig("hostname: mx.example.com\nworkers: auto\n");
    expect(config?.processes).toBe("auto");
    expect(config).not.toHaveProperty("workers");
    expect(problems.map((problem) => formatProblem("c", problem))).toEqual([
      "c:2:1: warning: workers: this option is now called processes: rename it, the next release will not know workers",
    ]);
    expect(problems).toMatchObject([{ isDeprecation: true }]);
    expect(configSchema.parse({ workers: 3 }).processes).toBe(3);
  });

  test("workers is checked like processes, at its own place", () => {
    const { config, problems } = readConfig("workers: many\n");
    expect(config).toBeUndefined();
    expect(problems.map((problem) => formatProblem("c", problem))).toEqual([
      'c:1:1: workers: expected "auto" or a number, got "many"',
    ]);
  });

  test("both names at once are an error", () => {
    const { config, problems } = readConfig("processes: 2\nworkers: 2\n");
    expect(config).toBeUndefined();
    expect(problems).toMatchObject([
      {
        level: "error",
        line: 2,
        path: "workers",
        message: expect.stringMatching(/remove workers/),
      },
    ]);
  });
});
