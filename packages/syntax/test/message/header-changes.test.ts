import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changedHeader, formatFields, newField, splitMessage } from "../../src/index.ts";

const field = fc.constantFrom(
  "From: a@b.example\r\n",
  "X: y\r\n",
  "x: folded\r\n\tvalue\r\n",
  "Subject: h\u00e9\r\n",
);
const odd = fc.constantFrom("not a field\r\n", "A: bare\n", " \r\n", "N: \0\r\n");
const text = fc.tuple(
  fc.array(fc.oneof({ weight: 8, arbitrary: field }, { weight: 1, arbitrary: odd })),
  fc.constantFrom("", "\r\n", "\r\nbody\r\n", "\r\nFrom: body\n"),
);
const prepend = fc.array(
  fc.constantFrom("DKIM-Signature: a=b;\r\n\tc=d\r\n", "X: new\r\n", "Date: \u00e9"),
);

test("a changed header equals a reading of the changed bytes (property)", () => {
  fc.assert(
    fc.property(text, prepend, fc.infiniteStream(fc.boolean()), ([fields, rest], top, goes) => {
      const message = splitMessage(Buffer.from(fields.join("") + rest));
      const remove = message.fields.filter(() => goes.next().value === true).toReversed();
      const changed = changedHeader(message, { prepend: top.map(newField), remove });
      const { bytes, ...read } = splitMessage(changed.bytes);
      expect({ ...changed, bytes: Buffer.from(changed.bytes).toString() }).toEqual({
        ...read,
        bytes: Buffer.from(bytes).toString(),
      });
      const kept = message.fields.filter((one) => !remove.includes(one)).length;
      expect(changed.fields.length).toBeGreaterThanOrEqual(kept);
    }),
    { numRuns: 500 },
  );
});

describe("a removed range that is no whole field", () => {
  test.each([
    [{ start: 0, end: 11 }, ["c"]],
    [{ start: 2, end: 8 }, ["a", "c"]],
  ])("%j", (range, keys) => {
    const message = splitMessage(Buffer.from("A: 1\r\nB:2\r\nC: 3\r\n\r\n"));
    const changed = changedHeader(message, { prepend: [], remove: [range] });
    expect(changed.fields.map(({ key }) => key)).toEqual(keys);
    expect(splitMessage(changed.bytes)).toEqual(changed);
  });
});

test("a field and its text", () => {
  const signature = newField("DKIM-Signature: a=b;\r\n\tc=d:e\r\n");
  expect(signature).toEqual({ name: "DKIM-Signature", value: " a=b;\r\n\tc=d:e" });
  expect(formatFields([signature, newField("A:b")])).toBe(
    "DKIM-Signature: a=b;\r\n\tc=d:e\r\nA:b\r\n",
  );
});
