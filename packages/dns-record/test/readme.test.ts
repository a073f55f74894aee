import { runReadmeExample } from "@mailseal/testkit";
import { expect, test } from "vitest";

test("the example in the README runs", { timeout: 60_000 }, async () => {
  const { stdout } = await runReadmeExample(new URL("..", import.meta.url).pathname);
  expect(stdout).toContain(
    'mail2026._domainkey.example.com. 3600 IN TXT "v=DKIM1; k=ed25519; t=y; p=',
  );
  expect(stdout).toContain("warning: The domain is only testing DKIM (t=y).");
  expect(stdout).toContain("found: ed25519, 256 bits");
});
