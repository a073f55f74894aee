import { expect, test } from "vitest";
import { ByteSink } from "../src/index.ts";

test("a sink grows, and starts anew", () => {
  const sink = new ByteSink();
  sink.write(Buffer.alloc(10_000, "a"));
  sink.writeByte(0x62);
  expect(sink.length).toBe(10_001);
  expect(Buffer.from(sink.bytes()).toString().endsWith("ab")).toBe(true);
  sink.reset();
  sink.write(Buffer.from("xyz"), 1, 2);
  expect(Buffer.from(sink.bytes()).toString()).toBe("y");
});
