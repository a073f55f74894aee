import { runReadmeExample } from "@mailseal/testkit";
import { expect, test } from "vitest";

test("the example in the README runs", { timeout: 60_000 }, async () => {
  const { stdout } = await runReadmeExample(new URL("..", import.meta.url).pathname);
  expect(stdout).toContain("DKIM-Signature: v=1; a=rsa-sha256;");
});
