import { describe, expect, test } from "vitest";
import { headerValueToSend } from "../../src/message/header-value.ts";

describe("a value to send", () => {
  test.each([
    [" v=1;\r\n\ta=b\r\n", "kept", " v=1;\n\ta=b"],
    [" v=1;\n a=b\n", "kept", " v=1;\n a=b"],
    ["v", "kept", "v"],
    [" v", "removed", "v"],
    ["  v", "removed", " v"],
    ["\tv", "removed", "\tv"],
    [" ", "removed", ""],
    ["", "removed", ""],
  ] as const)("%j, leading space %s", (value, leadingSpace, expected) => {
    expect(Buffer.from(headerValueToSend(value, leadingSpace)).toString()).toBe(expected);
  });

  test.each([
    ["a field of its own", " a\r\nBcc: x"],
    ["the end of the header", " a\r\n\r\nbody"],
    ["two line endings at the end", " a\r\n\r\n"],
    ["a bare CR", " a\rb"],
    ["a CR at the end", " a\r"],
    ["a NUL", " a\0"],
  ])("never holds %s", (_name, value) => {
    expect(() => headerValueToSend(value, "kept")).toThrow(
      expect.objectContaining({ code: "bad-header-value" }),
    );
  });
});
