import { expect, test } from "vitest";
import { mailDate } from "../../src/text/mail-date.ts";

test.each([
  [0, "Thu, 1 Jan 1970 00:00:00 +0000"],
  [1_790_000_000_999, "Mon, 21 Sep 2026 14:13:20 +0000"],
])("RFC 5322 3.3: %d is %s", (atMs, text) => {
  expect(mailDate(atMs)).toBe(text);
});
