import { expect, test } from "vitest";
import { signing } from "../support/key-files.ts";
import { context, envelope, mail, open, stored } from "../support/mail.ts";

test("a message without a From field says so", async () => {
  const { pipeline } = await open({ signing: { ...signing, domain: "esp.example" } });
  const message = stored("To: b@example.net\r\n\r\nAt noon?\r\n");
  const processed = await pipeline.process(message, envelope, context());
  expect(processed).toMatchObject({ skipped: "no-from-field", disposition: { action: "accept" } });
});

test("a From field of little but white space is looked at in linear time", async () => {
  const { pipeline } = await open({ signing });
  // In quadratic time it would be minutes, and beyond any time limit of a test.
  const blank = `\r\n${" ".repeat(900)}`.repeat(900);
  const processed = await pipeline.process(stored(mail(`a:${blank}x`)), envelope, context());
  expect(processed.skipped).toBe("from-unreadable");
});
