import fc from "fast-check";
import { expect, test } from "vitest";
import { frame, unframe } from "../../../src/nats/storage/framing.ts";

const label = {
  envelope: { from: "", recipients: [{ address: "zoë@bücher.example" }] },
  context: [["a", "b"]],
  route: "bücher.example",
  sizeBytes: 3,
  firstSeenMs: 1,
  retries: 0,
} as const;

test("frame and unframe return the same label and body", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (body) => {
      const back = unframe(frame({ label, body }));
      expect(back?.label).toEqual(label);
      expect(Buffer.from(back?.body ?? []).equals(body)).toBe(true);
    }),
  );
});

test("other bytes are not a message, and not an error", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(unframe(bytes)).toBeUndefined();
    }),
  );
  const framed = frame({ label, body: new Uint8Array() });
  for (let length = 0; length < framed.length; length += 1) {
    expect(unframe(framed.subarray(0, length))).toBeUndefined();
  }
});
