import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/built-package.ts",
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
export default config;
