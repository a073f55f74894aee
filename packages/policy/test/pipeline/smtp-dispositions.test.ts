import { formatFields } from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import { signing } from "../support/key-files.ts";
import { context, envelope, inbound, mail, open, signedAs, stored } from "../support/mail.ts";

describe("limits on the header", () => {
  test.for([
    [
      "its size",
      { headerSize: 100 },
      mail("a@example.com", [`X: ${"y".repeat(100)}`]),
      552,
      "5.3.4",
    ],
    ["its size, without an end", { headerSize: 100 }, "x".repeat(1000), 552, "5.3.4"],
    [
      "the number of its fields",
      { headerFields: 3 },
      mail("a@example.com", ["X: y"]),
      552,
      "5.3.4",
    ],
  ] as const)("%s", async ([, limits, text, code, enhancedCode]) => {
    for (const how of [context(), inbound]) {
      const { pipeline, events } = await open({ signing, limits });
      const processed = await pipeline.process(stored(text, 7), envelope, how);
      expect(processed).toMatchObject({
        disposition: { action: "reject", code, enhancedCode },
        prepend: [],
        signatures: [],
      });
      expect(events.map(({ type }) => type)).toEqual(["fault"]);
    }
  });

  test("a header at the limits is accepted", async () => {
    const text = mail("a@example.com");
    const headerSize = text.indexOf("\r\n\r\n") + 4;
    const { pipeline } = await open({ signing, limits: { headerSize, headerFields: 3 } });
    const processed = await pipeline.process(stored(text), envelope, context());
    expect(signedAs(processed)).toEqual(["s1/example.com"]);
  });
});

test.for([
  ["one line", (text: string) => text.replace("Subject: Lunch\r\n", "Subject: Lunch\n")],
  ["every line", (text: string) => text.replaceAll("\r\n", "\n")],
] as const)(
  "a bare LF in the header, at the end of %s, is refused, not signed",
  async ([, spoil]) => {
    const { pipeline } = await open({ signing });
    const text = spoil(mail("a@example.com"));
    const { disposition, prepend } = await pipeline.process(stored(text), envelope, context());
    expect(disposition).toMatchObject({ action: "reject", code: 554, enhancedCode: "5.6.0" });
    expect(formatFields(prepend)).toBe("");
  },
);

describe("onMissingKey", () => {
  test.for([
    ["deliver", undefined, { action: "accept" }],
    [
      "defer",
      undefined,
      {
        action: "defer",
        code: 451,
        enhancedCode: "4.3.5",
        text: "No usable DKIM key for nokey.test, try again later",
      },
    ],
    [
      "reject",
      undefined,
      {
        action: "reject",
        code: 554,
        enhancedCode: "5.3.5",
        text: "No usable DKIM key for nokey.test",
      },
    ],
  ] as const)("%s", async ([onMissingKey, , disposition]) => {
    const { pipeline } = await open({ signing: { ...signing, onMissingKey } });
    const processed = await pipeline.process(stored(mail("a@nokey.test")), envelope, context());
    expect(processed).toMatchObject({
      disposition,
      skipped: "no-key",
      signatures: [],
      prepend: [],
    });
  });
});
