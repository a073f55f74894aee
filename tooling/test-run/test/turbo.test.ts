import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../src/turbo.ts";

test("no script of the workspace lets turbo report its use, or print a notice about that", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const calls = Object.values(scripts).flatMap((script) => script.match(/\S* ?turbo run/g) ?? []);
  expect(calls.length).toBeGreaterThan(3);
  expect(calls.filter((call) => call !== "TURBO_TELEMETRY_DISABLED=1 turbo run")).toEqual([]);
});
