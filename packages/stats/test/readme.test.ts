import { runReadmeExample } from "@mailseal/testkit";
import { expect, test } from "vitest";

test("the example in the README runs", { timeout: 60_000 }, async () => {
  const { stdout } = await runReadmeExample(new URL("..", import.meta.url).pathname);
  expect(stdout).toContain("binding_name outbound");
  expect(stdout).toContain("example.org failed key-missing 1");
  expect(stdout).toMatch(/\d+ ns\n$/);
});
