import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAutomaticMail, splitMessage } from "../../src/index.ts";

const isAutomatic = (header: string): boolean =>
  isAutomaticMail(splitMessage(Buffer.from(`From: a@example.com\r\n${header}\r\n\r\nHi\r\n`)));

describe("isAutomaticMail", () => {
  test.each([
    "Auto-Submitted: auto-generated",
    "Auto-Submitted: auto-replied (vacation)",
    "Auto-Submitted:\r\n auto-notified; owner-email=a@example.com",
    "Auto-Submitted: no\r\nAuto-Submitted: auto-replied",
    "precedence: BULK",
    "Precedence: list",
    "Precedence: junk",
    "List-Id: <l.example.com>",
    "List-Unsubscribe: <https://l.example.com/>",
    "List-Owner: <mailto:owner@l.example.com>",
    "List-Archive: <https://l.example.com/>",
  ])("%j is", (header) => expect(isAutomatic(header)).toBe(true));

  test.each([
    "Subject: Precedence: bulk",
    "Auto-Submitted: no",
    "Auto-Submitted: No; by=hand",
    "Auto-Submitted: no (a person did)",
    "Precedence: first-class",
    "X-List-Id: none",
  ])("%j is not", (header) => expect(isAutomatic(header)).toBe(false));

  test("any bytes have an answer", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(isAutomaticMail(splitMessage(bytes))).toBeTypeOf("boolean");
      }),
    );
  });
});
