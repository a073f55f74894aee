import { runReadmeExample } from "@mailseal/testkit";
import { expect, test } from "vitest";

test("the example in the README runs", { timeout: 60_000 }, async () => {
  const { stdout } = await runReadmeExample(new URL("..", import.meta.url).pathname);
  expect(stdout).toMatch(/^waits: dns: r\d{8}\._domainkey\.example\.com: not published yet/);
  expect(stdout).toMatch(/\nretired \[ 'r\d{8}', 'e\d{8}' \]\n$/);
});
