import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "src/global-setup.ts",
    testTimeout: 180_000,
    hookTimeout: 300_000,
  },
});
export default config;
