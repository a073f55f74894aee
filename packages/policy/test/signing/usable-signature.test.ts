import { writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import type { Processed } from "../../src/index.ts";
import { directory, keyText, template } from "../support/key-files.ts";
import { context, envelope, mail, open, signedAs, stored } from "../support/mail.ts";

async function signedAtTwoSelectors(from: string, more: object = {}): Promise<Processed> {
  const signatures = [{ selector: "s1" }, { selector: "none" }];
  const { pipeline } = await open({ signing: { key: template, signatures, ...more } });
  return pipeline.process(stored(mail(from)), envelope, context());
}

test("a message waits if one of its two keys is missing and onMissingKey is defer", async () => {
  const { disposition } = await signedAtTwoSelectors("a@example.com", { onMissingKey: "defer" });
  expect(disposition.action).toBe("defer");
});

test("a missing key among several is counted, and the message is signed with the others", async () => {
  writeTestFile(directory, "two.example/s1.key", keyText);
  const processed = await signedAtTwoSelectors("a@two.example");
  expect(signedAs(processed)).toEqual(["s1/two.example"]);
  expect(processed.failedSignatures).toBe(1);
});
