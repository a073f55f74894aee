import fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkMessage,
  checkRecipients,
  maxMetadataBytes,
  readMetadata,
  writeMetadata,
  writeRecipients,
} from "../src/checked-message.ts";
import { maxDurationMs } from "../src/checked-options.ts";
import type { NewMessage } from "../src/contract.ts";
import { destinationTo, messageTo } from "./embedded/fixture.ts";

const resend = { fingerprint: "f", windowMs: 1 };

test.each<[string, Partial<NewMessage>, RegExp]>([
  ["no destination", { destinations: [] }, /at least one destination, got none/],
  ["a long route", { destinations: [destinationTo("x".repeat(256))] }, /1 to 255 bytes, got 256/],
  ["a long dedupId", { dedupId: "x".repeat(1025) }, /dedupId of 1 to 1024 bytes/],
  ["a fraction as firstSeenMs", { firstSeenMs: 0.5 }, /firstSeenMs to be a whole number/],
  ["firstSeenMs after the last date", { firstSeenMs: 8.64e15 + 1 }, /firstSeenMs .* to 864/],
  ["a negative delay", { delayMs: -1 }, /delayMs to be a whole number .*got -1/],
  ["a delay of more than 100 years", { delayMs: maxDurationMs + 1 }, /delayMs .* to 3153600/],
  ["resend without dedupId", { resend }, /a dedupId, which resend needs/],
  [
    "an empty fingerprint",
    { dedupId: "d", resend: { ...resend, fingerprint: "" } },
    /fingerprint of 1 to 1024/,
  ],
  ["no window", { dedupId: "d", resend: { ...resend, windowMs: 0 } }, /windowMs .* from 1 to/],
])("refuses %s", (_, wrong, message) => {
  const check = (): void => checkMessage(messageTo("a", wrong));
  expect(check).toThrow(message);
  expect(check).toThrow(expect.objectContaining({ code: "bad-message" }));
});

test("accepts the largest delay and the last date", () => {
  const message = messageTo("a", { delayMs: maxDurationMs, firstSeenMs: 8.64e15 });
  expect(() => checkMessage(message)).not.toThrow();
});

test("refuses an empty list of recipients and names the remedy", () => {
  expect(() => checkRecipients([])).toThrow(/call done\(\) if all have been served/);
});

test("metadata is read as it was written, and a name from a message is never a key of an object", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.tuple(fc.string(), fc.string())), (from, entries) => {
      const context = new Map([...entries, ["__proto__", "harmless"]]);
      const written = writeMetadata({ ...messageTo("a"), envelope: { from }, context });
      const { recipients } = destinationTo("a");
      expect(readMetadata(written, null)).toEqual({ envelope: { from, recipients }, context });
      const left = [{ address: "eve@a" }];
      expect(readMetadata(written, writeRecipients(left)).envelope).toEqual({
        from,
        recipients: left,
      });
    }),
  );
});

test("several destinations share the metadata and keep their recipients apart", () => {
  const destinations = ["a", "b"].map(destinationTo);
  expect(readMetadata(writeMetadata(messageTo("", { destinations })), null).envelope).toEqual({
    from: "",
  });
});

test("refuses an envelope that every list would have to read", () => {
  const context = new Map([["long", "x".repeat(maxMetadataBytes)]]);
  expect(() => writeMetadata(messageTo("a", { context }))).toThrow(/at most 4194304 characters/);
});
