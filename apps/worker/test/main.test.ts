import { expect, test } from "vitest";
import { main } from "../src/main.ts";

test.each([
  [["--config", "/nonexistent.yaml"], 1],
  [[], 2],
  [["--help"], 0],
] as const)("%j ends with %i", async (args, code) => {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true;
  try {
    expect(await main(args)).toBe(code);
  } finally {
    process.stdout.write = write;
  }
});
