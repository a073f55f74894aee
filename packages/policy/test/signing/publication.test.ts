import { describe, expect, test } from "vitest";
import { keyText, template, signing } from "../support/key-files.ts";
import { context, envelope, mail, open, otherKey, signedAs, stored } from "../support/mail.ts";

describe("requirePublished", () => {
  test.for([
    ["the key that DNS has", "s1", undefined],
    ["another key", "s1", "not-published", { keyText: otherKey.toPem() }],
    ["no record", "none", "not-published", { keyText }],
    ["DNS failing", "down", "publication-unknown", { keyText }],
  ] as const)("%s", async ([, selector, expected, more = {}]) => {
    const { pipeline, events } = await open({
      signing: { ...signing, requirePublished: true, ...more, selector },
    });
    const processed = await pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect(processed.skipped).toBe(expected);
    expect(processed.disposition).toEqual({ action: "accept" });
    expect(events).toContainEqual(
      expect.objectContaining({ type: "publication", status: expected ?? "published" }),
    );
  });

  test("the one of two that is published signs", async () => {
    const signatures = [{ selector: "s1" }, { selector: "none", keyText }];
    const { pipeline } = await open({
      signing: { key: template, signatures, requirePublished: true },
    });
    const processed = await pipeline.process(stored(mail("a@example.com")), envelope, context());
    expect(signedAs(processed)).toEqual(["s1/example.com"]);
  });
});
