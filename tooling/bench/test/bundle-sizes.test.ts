import { expect, test } from "vitest";
import { bundleSizes, withTable } from "../src/bundle-sizes.ts";

test("our bundles are smaller than mailauth's for every task", { timeout: 60_000 }, async () => {
  const sizes = await bundleSizes();
  expect(sizes.map(({ task, library }) => `${task} ${library}`)).toEqual([
    "sign Mailseal",
    "sign mailauth",
    "verify Mailseal",
    "verify mailauth",
    "both Mailseal",
    "both mailauth",
  ]);
  for (let at = 0; at < sizes.length; at += 2) {
    const [ours, theirs] = [sizes[at], sizes[at + 1]];
    expect(ours?.gzip).toBeGreaterThan(1000);
    expect(ours?.gzip).toBeLessThan(theirs?.gzip ?? 0);
    expect(ours?.gzip).toBeLessThan(ours?.minified ?? 0);
  }
});

test("the table replaces the one before it", () => {
  const sizes = [{ task: "sign", library: "Mailseal", minified: 51_249, gzip: 16_050 }];
  const document = "before\n<!-- bundle sizes -->\nold\n<!-- /bundle sizes -->\nafter\n";
  const written = withTable(document, sizes);
  expect(written).toContain("| sign | Mailseal | 51.2 | 16.1 |");
  expect(written).not.toContain("old");
  expect(withTable(written, sizes)).toBe(written);
  expect(() => withTable("nothing", sizes)).toThrow("bundle sizes");
});
