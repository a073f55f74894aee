import { splitMessage } from "@mailseal/syntax";
import { expect, test } from "vitest";
import { ByteSink, selectSignedFields, writeSignedText } from "../src/index.ts";

const message = splitMessage(Buffer.from("X: 1\r\nFrom: a\r\nx: 2\r\nX : 3\r\n\r\n"));

function selected(...names: string[]): string[] {
  return selectSignedFields(message, names).map(({ start, end }) =>
    Buffer.from(message.bytes.subarray(start, end)).toString().trim(),
  );
}

test("a repeated name is the next instance upwards, then nothing (RFC 6376 5.4.2)", () => {
  expect(selected("x", "from", "x", "x", "x", "from", "constructor")).toEqual([
    "X : 3",
    "From: a",
    "x: 2",
    "X: 1",
  ]);
});

test("a signature that names DKIM-Signature means others, never itself (RFC 6376 5.4)", () => {
  const signed = splitMessage(
    Buffer.from("DKIM-Signature: c\r\nDKIM-Signature: b\r\nDKIM-Signature: a\r\nFrom: a\r\n\r\n"),
  );
  const [top, own, bottom] = signed.fields;
  const names = ["dkim-signature", "from", "dkim-signature", "dkim-signature"];
  expect(selectSignedFields(signed, names, own)).toEqual([bottom, signed.fields[3], top]);
});

test("the fields, then the signature with b= empty and no line end (RFC 6376 3.7)", () => {
  const bytes = Buffer.from("DKIM-Signature: h=from; b=AA\r\n");
  const sink = new ByteSink();
  writeSignedText(
    sink,
    message,
    selectSignedFields(message, ["from"]),
    { bytes, start: 0, end: bytes.length, valueStart: 26, valueEnd: 28 },
    "relaxed",
  );
  expect(Buffer.from(sink.bytes()).toString()).toBe("from:a\r\ndkim-signature:h=from; b=");
});
